import { useLocalStorage } from '@vueuse/core'

const most = 32

interface Kept { tone: number, recent: readonly string[] }

/** What this device remembers of emoji: the tone of hands and people, and what was used last. */
export function useEmojiMemory() {
  const kept = useLocalStorage<Partial<Kept>>('parley:emoji', {}, { writeDefaults: false, flush: 'sync' }) // a choice often closes what it was made in
  /** It may have been written by anything. */
  const recent = computed(() => Array.isArray(kept.value.recent) ? kept.value.recent.filter(emoji => typeof emoji === 'string' && emoji.length <= 48).slice(0, most) : [])
  const tone = computed(() => [0, 1, 2, 3, 4, 5].find(known => known === kept.value.tone) ?? 0)
  return {
    tone,
    recent,
    setTone(next: number): void {
      kept.value = { recent: recent.value, tone: next }
    },
    used(emoji: string): void {
      kept.value = { tone: tone.value, recent: [emoji, ...recent.value.filter(other => other !== emoji)].slice(0, most) }
    },
  }
}
