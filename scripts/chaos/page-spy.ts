import type { ChatClient, TimelineSnapshot } from '#parley/client/types.ts'
import type { NewOp } from '#parley/tests/helpers/issue-op.ts'
import type { FinalView } from '#parley/tests/helpers/sim/oracle.ts'

/** What a page tells about itself. */
export type Told
  = | { type: 'begun' }
    | { type: 'state', online: boolean, pending: number }
    | { type: 'pressed', op: NewOp, cid: string }
    | { type: 'kept' | 'refused', cid: string }
    | { type: 'saw', snapshot: TimelineSnapshot }

/** What a run may ask of a page. */
export interface Spy {
  /** @param op as JSON */
  press(op: string): void
  read(conversation: string, seq: number): void
  look(conversation: string): void
  /** A FinalView, as JSON. */
  view(): string
}

declare global {
  interface Window {
    chaosTell(text: string): Promise<void>
    chaosSpy?: Spy
  }
}

/** How a built page is entered from outside; Nuxt puts it on the window. */
interface NuxtWindow { useNuxtApp?: () => { $chat?: { client: { value?: ChatClient } } } }

type Presses = Pick<ChatClient, 'send' | 'edit' | 'remove' | 'react'>

/** Inside the page. Presses are heard where the composer hands them over, so that they count from the very first moment. */
function overhear(client: ChatClient, pressed: (op: NewOp, made: ReturnType<Presses['send']>) => ReturnType<Presses['send']>): void {
  const inner: Presses = { send: client.send.bind(client), edit: client.edit.bind(client), remove: client.remove.bind(client), react: client.react.bind(client) }
  client.send = (conversation, content, options = {}) => pressed({ type: 'send', conversation, content, ...options }, inner.send(conversation, content, options))
  client.edit = (conversation, target, content) => pressed({ type: 'edit', conversation, target, content }, inner.edit(conversation, target, content))
  client.remove = (conversation, target) => pressed({ type: 'delete', conversation, target }, inner.remove(conversation, target))
  client.react = (conversation, target, emoji, on) => pressed({ type: 'react', conversation, target, emoji, on }, inner.react(conversation, target, emoji, on))
}

/** Inside the page: tells what its user does and sees, and gives the run its hands. */
function follow(client: ChatClient, listen: typeof overhear): void {
  const tell = (told: Told) => void window.chaosTell(JSON.stringify(told)).catch(() => {})
  const shown = new Set<string>()
  const state = () => tell({ type: 'state', online: client.connection().name === 'online', pending: client.pending() })
  const saw = (conversation: string) => {
    if (shown.has(conversation)) tell({ type: 'saw', snapshot: client.timeline(conversation) })
  }
  listen(client, (op, made) => {
    tell({ type: 'pressed', op, cid: made.cid })
    void made.stored.then(() => tell({ type: 'kept', cid: made.cid }))
    saw(op.conversation)
    return made
  })
  window.chaosSpy = {
    press(text) {
      const op = JSON.parse(text) as NewOp
      if (op.type === 'send') client.send(op.conversation, op.content)
      if (op.type === 'edit') client.edit(op.conversation, op.target, op.content)
      if (op.type === 'delete') client.remove(op.conversation, op.target)
      if (op.type === 'react') client.react(op.conversation, op.target, op.emoji, op.on)
    },
    read: (conversation, seq) => client.markRead(conversation, seq),
    look(conversation) {
      shown.add(conversation)
      saw(conversation)
    },
    view: () => JSON.stringify({
      online: client.connection().name === 'online', pending: client.pending(), conversations: client.conversations(),
      timelines: [...shown].map(conversation => client.timeline(conversation)),
    } satisfies FinalView),
  }
  client.on((change) => {
    if (change.type === 'connection' || change.type === 'pending') state()
    if (change.type === 'timeline') saw(change.conversation)
    if (change.type === 'refused') tell({ type: 'refused', cid: change.cid })
  })
  tell({ type: 'begun' })
  state()
}

/** Inside the page, before anything of it runs: waits for the client. */
function lieInWait(meet: (client: ChatClient) => void): void {
  const timer = setInterval(() => {
    let client: ChatClient | undefined
    try {
      client = (window as NuxtWindow).useNuxtApp?.().$chat?.client.value
    }
    catch {
      return // the app is not there yet
    }
    if (client === undefined) return
    clearInterval(timer)
    meet(client)
  }, 5)
}

/** What runs in every page, as text: these functions know each other by their parameters only. */
export const pageSpy = `(${lieInWait.toString()})(client => (${follow.toString()})(client, ${overhear.toString()}))`
