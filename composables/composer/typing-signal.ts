import { timing } from '#parley/shared/protocol/index.ts'

/** Tells others that the user types: at most every 3 s while the text changes, and once when it ends (U-P13). */
export function createTypingSignal(tell: (on: boolean) => void, now: () => number) {
  let toldAt = -Infinity
  let on = false

  return {
    changed(hasText: boolean): void {
      if (!hasText) return this.stop()
      if (on && now() - toldAt < timing.typingEvery) return
      on = true
      toldAt = now()
      tell(true)
    },
    stop(): void {
      if (!on) return
      on = false
      toldAt = -Infinity
      tell(false)
    },
  }
}
