import type { HttpAnswer } from '#parley/client/environment.ts'
import type { HttpCall } from '#parley/composables/useHttp.ts'
import type { PushDevicesResponse, PushKeyResponse } from '#parley/shared/http.ts'

type Http = <T>(path: string, call?: HttpCall) => Promise<HttpAnswer<T>>

/** Why pushes to this browser could not be switched on. */
export type PushFailure = 'unsupported' | 'denied' | 'unreachable' | 'refused'

export const isPushSupported = (): boolean => 'serviceWorker' in navigator && 'PushManager' in window && isSecureContext

const bytesOf = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), letter => letter.charCodeAt(0))

const sameKey = (subscription: PushSubscription, key: Uint8Array): boolean => {
  const own = subscription.options.applicationServerKey
  return own !== null && new Uint8Array(own).join() === key.join()
}

/** The browser's subscription for this server's key; one for an older key is given up. */
async function subscription(manager: PushManager, key: Uint8Array<ArrayBuffer>): Promise<PushSubscription> {
  const known = await manager.getSubscription()
  if (known !== null && sameKey(known, key)) return known
  await known?.unsubscribe()
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
}

async function registerPush(http: Http, manager: PushManager): Promise<PushFailure | undefined> {
  const key = await http<PushKeyResponse>('/api/push/key')
  if (key.kind !== 'ok') return 'unreachable'
  try {
    const { endpoint, keys } = (await subscription(manager, bytesOf(key.value.key))).toJSON()
    const answer = await http('/api/me/push', { method: 'POST', body: { endpoint, keys } })
    return answer.kind === 'ok' ? undefined : answer.kind === 'refused' ? 'refused' : 'unreachable'
  }
  catch (error) {
    return error instanceof DOMException && error.name === 'NotAllowedError' ? 'denied' : 'refused'
  }
}

async function pushManager(): Promise<PushManager | undefined> {
  if (!isPushSupported()) return undefined
  return (await navigator.serviceWorker.getRegistration())?.pushManager
}

/** Has pushes of the logged-in account sent to this browser. @returns why not */
export async function subscribeToPush(http: Http): Promise<PushFailure | undefined> {
  const manager = await pushManager()
  return manager === undefined ? 'unsupported' : registerPush(http, manager)
}

/** The server forgets it with the browser's own giving up: the push service answers 410 from then on. */
export async function unsubscribeFromPush(http: Http): Promise<void> {
  const devices = await http<PushDevicesResponse>('/api/me/push')
  for (const device of devices.kind === 'ok' ? devices.value.devices : []) if (device.current) await http(`/api/me/push/${encodeURIComponent(device.id)}`, { method: 'DELETE' })
  await (await (await pushManager())?.getSubscription())?.unsubscribe()
}

/** Registers again what the server has lost with an earlier log-in, or got a new key for. */
export async function keepPush(http: Http): Promise<void> {
  const devices = await http<PushDevicesResponse>('/api/me/push')
  if (devices.kind !== 'ok') return
  const manager = await pushManager()
  const known = await manager?.getSubscription()
  const key = await http<PushKeyResponse>('/api/push/key')
  const stands = key.kind === 'ok' && known && sameKey(known, bytesOf(key.value.key)) && devices.value.devices.some(device => device.current)
  if (manager !== undefined && !stands) await registerPush(http, manager)
}
