import type { Draft } from '#parley/client/types.ts'

/** U-P6 allows 500 ms from the last key to the save; the rest is for the storage. */
export const draftDelay = 350

export interface DraftKeeperOptions {
  save: (draft: Draft | undefined, conversation: string) => void
  now: () => number
}

/**
 * The unsent text of the open conversation. A draft always carries the conversation that it was typed in: a save that is due while the
 * user switches must not land in the next conversation.
 */
export function createDraftKeeper(options: DraftKeeperOptions) {
  let conversation: string | undefined
  let due: { text: string, replyTo?: number } | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let lastSave = 0

  function stopTimer(): void {
    if (timer !== undefined) clearTimeout(timer)
    timer = undefined
  }

  /** Saves what is due, now: on pagehide, on a switch, when the box goes away. */
  function flush(): void {
    stopTimer()
    if (due === undefined || conversation === undefined) return
    const { text, replyTo } = due
    due = undefined
    lastSave = options.now()
    const blank = text.trim() === '' && replyTo === undefined
    options.save(blank ? undefined : { text, replyTo, savedAt: lastSave }, conversation)
  }

  return {
    open(next: string): void {
      flush()
      conversation = next
      lastSave = 0
    },
    change(text: string, replyTo: number | undefined): void {
      due = replyTo === undefined ? { text } : { text, replyTo }
      timer ??= setTimeout(flush, draftDelay)
    },
    flush,
    /** The text was sent: no draft is left. */
    clear(): void {
      due = { text: '' }
      flush()
    },
    /** A draft from outside is newer than anything said here: another tab, or the device's storage that was still loading. */
    isNews: (draft: Draft | undefined): draft is Draft => draft !== undefined && due === undefined && draft.savedAt > lastSave,
  }
}
