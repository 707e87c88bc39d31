import { computed, shallowRef } from 'vue'
import { isSharedDevice } from '#parley/shared/shared-device.ts'

const key = 'parley:emoji'
const most = 32

interface Kept { tone: number, recent: readonly string[] }

/** One for all parts of the page; only a page that a person works with ever reads it. */
const kept = shallowRef<Partial<Kept>>({})

/** What lies there may have been written by anything; and a browser may let a page have no storage at all. */
function read(): Partial<Kept> {
  if (isSharedDevice(document.cookie)) return kept.value
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    return typeof value === 'object' && value !== null ? value : {}
  }
  catch {
    return {}
  }
}

/**
 * What this device remembers of emoji: the tone of hands and people, and what was used last. Without VueUse's storage: a function of that
 * package that only a late part uses is in the first load of every page, since the package is one module.
 */
export function useEmojiMemory() {
  kept.value = read()
  function keep(next: Kept): void {
    kept.value = next
    if (isSharedDevice(document.cookie)) return
    try {
      localStorage.setItem(key, JSON.stringify(next))
    }
    catch {
      // Full, or not allowed: it holds until the page ends.
    }
  }
  /** It may have been written by anything. */
  const recent = computed(() => Array.isArray(kept.value.recent) ? kept.value.recent.filter(emoji => typeof emoji === 'string' && emoji.length <= 48).slice(0, most) : [])
  const tone = computed(() => [0, 1, 2, 3, 4, 5].find(known => known === kept.value.tone) ?? 0)
  return {
    tone,
    recent,
    setTone(next: number): void {
      keep({ recent: recent.value, tone: next })
    },
    used(emoji: string): void {
      keep({ tone: tone.value, recent: [emoji, ...recent.value.filter(other => other !== emoji)].slice(0, most) })
    },
  }
}
