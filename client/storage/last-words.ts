import type { LastWords } from '#parley/client/environment.ts'

const ours = 'parley:last-words:'

/**
 * Last words in localStorage, the one storage of a browser that is written before the call returns.
 *
 * @param storage undefined or throwing where the browser forbids it: then nothing is kept, and nothing fails
 */
export function createLastWords(storage: Storage | undefined): LastWords {
  return {
    put(key, value) {
      try {
        storage?.setItem(ours + key, JSON.stringify(value))
      }
      catch {
        // Full or forbidden: the ordinary storage may still make it.
      }
    },
    take(prefix) {
      const taken: { key: string, value: unknown }[] = []
      try {
        for (const name of Object.keys(storage ?? {}).filter(name => name.startsWith(ours + prefix))) {
          const text = storage?.getItem(name)
          storage?.removeItem(name)
          if (text) taken.push({ key: name.slice(ours.length), value: JSON.parse(text) })
        }
      }
      catch {
        // What cannot be read was not written by us.
      }
      return taken
    },
  }
}
