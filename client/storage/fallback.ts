import type { ClientStorage } from '#parley/client/environment.ts'

/**
 * The device's storage, or memory where the browser refuses it from the start (private windows, policies; F41). Only the first use
 * decides: a storage that fails later must show it, since what it holds already is not in memory.
 */
export function fallbackStorage(first: ClientStorage, second: ClientStorage, warn: (message: string, detail: unknown) => void): ClientStorage {
  let chosen = first
  const probe = first.value('', 'probe').catch((error: unknown) => {
    warn('this browser offers no device storage', error)
    chosen = second
  })
  // Written out, the calls that only pass on would be half as long as the storage itself, in what every page loads first.
  return new Proxy(first, {
    get(_target, name: keyof ClientStorage) {
      if (name === 'durable') return chosen.durable
      if (name === 'onLost' || name === 'close') return first[name].bind(first)
      return (...all: unknown[]) => probe.then((): unknown => Reflect.apply(chosen[name], chosen, all))
    },
  })
}
