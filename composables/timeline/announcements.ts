/** What the polite live region says (U-A2). */
export type Announcement
  = | { kind: 'one', sender: string, text: string }
    | { kind: 'many', count: number, people: number }

export interface Heard { sender: string, text: string }

/** At most one announcement in this time: a reader would otherwise never finish a sentence in a busy room. */
const announceEvery = 1_000

/** One message is read out; several are summed up. */
function announcementOf(heard: readonly Heard[]): Announcement | undefined {
  const only = heard[0]
  if (only === undefined) return undefined
  if (heard.length === 1) return { kind: 'one', ...only }
  return { kind: 'many', count: heard.length, people: new Set(heard.map(message => message.sender)).size }
}

/** Collects what arrives and hands it on at once when nothing was said lately, else when the time is over. */
export function createAnnouncer(say: (announcement: Announcement) => void) {
  let waiting: Heard[] = []
  let timer: ReturnType<typeof setTimeout> | undefined

  function speak(): void {
    timer = undefined
    const announcement = announcementOf(waiting)
    if (announcement === undefined) return
    waiting = []
    say(announcement)
    timer = setTimeout(speak, announceEvery)
  }

  return {
    hear(messages: readonly Heard[]): void {
      waiting.push(...messages)
      if (timer === undefined) speak()
    },
    dispose(): void {
      if (timer !== undefined) clearTimeout(timer)
      timer = undefined
      waiting = []
    },
  }
}
