import { mayRing } from '#parley/composables/notifications/notification-rules.ts'

/** Two short, soft notes, made here: nothing to download, and nothing to license. Hz, and s after the beginning. */
const notes = [[740, 0], [988, 0.09]] as const

function play(context: AudioContext): void {
  for (const [pitch, after] of notes) {
    const [oscillator, gain] = [context.createOscillator(), context.createGain()]
    const at = context.currentTime + after
    oscillator.type = 'sine'
    oscillator.frequency.value = pitch
    gain.gain.setValueAtTime(0.0001, at)
    gain.gain.exponentialRampToValueAtTime(0.16, at + 0.012)
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.28)
    oscillator.connect(gain).connect(context.destination)
    oscillator.start(at)
    oscillator.stop(at + 0.3)
  }
}

/** The sound of a new message, at most one in three seconds. */
export function createTone(): { ring(): boolean, close(): void } {
  let context: AudioContext | undefined
  let lastRing = Number.NEGATIVE_INFINITY
  return {
    /** @returns whether it sounded; a page that nobody has touched since it was loaded may not */
    ring() {
      const now = performance.now()
      if (!('AudioContext' in window) || !mayRing(lastRing, now)) return false
      if (navigator.userActivation?.hasBeenActive === false) return false
      context ??= new AudioContext()
      void context.resume().catch(() => undefined)
      play(context)
      lastRing = now
      return true
    },
    close() {
      void context?.close()
    },
  }
}
