import type { ChatService } from '#parley/server/chat/chat-service.ts'
import type { Closing, PeopleStore } from '#parley/server/chat/people-port.ts'
import type { Clock, ConversationStore, Log } from '#parley/server/chat/ports.ts'

/** Messages deleted at a time: enough to share a commit, few enough to leave room for others. */
const batch = 32
const pageSize = 500
/** Ms after which what could not be done is tried again. */
const retryAfter = 60_000

export interface FarewellsOptions {
  store: Pick<PeopleStore, 'closings' | 'finishClosing' | 'messagesOf'> & Pick<ConversationStore, 'conversationIdsOf'>
  chat: Pick<ChatService, 'removeMember' | 'eraseOwn'>
  clock: Pick<Clock, 'timer'>
  log: Log
}

/**
 * What is left to do when an account has ended: it leaves its groups, handing over what it alone owned, and takes its messages with it
 * if that was asked for. Each step is an event of the log like any other. What a crash or a full disk interrupts is gone on with later.
 */
export interface Farewells {
  /** Does what is to be done, now and after trouble; never rejects. */
  work(): Promise<void>
  close(): void
}

/** Page after page, until there is none or the server goes down. */
async function eraseMessages({ store, chat }: FarewellsOptions, user: string, goesOn: () => boolean): Promise<void> {
  let after: string | undefined
  do {
    const page = await store.messagesOf(user, after, pageSize)
    const standing = page.items.filter(message => message.deletedAt === undefined)
    for (let start = 0; start < standing.length && goesOn(); start += batch) {
      await Promise.all(standing.slice(start, start + batch).map(({ conversation, seq }) => chat.eraseOwn(user, conversation, seq)))
    }
    after = page.next
  } while (after !== undefined && goesOn())
}

export function createFarewells(options: FarewellsOptions): Farewells {
  const { store, chat, clock, log } = options
  let working: Promise<void> | undefined
  let again = false
  let closed = false
  let cancel: (() => void) | undefined

  async function part({ user, erase: erases }: Closing): Promise<void> {
    // Direct conversations stay: there is nobody else to be a member of them.
    for (const conversation of await store.conversationIdsOf(user)) await chat.removeMember(user, conversation, user)
    if (erases) await eraseMessages(options, user, () => !closed)
    if (closed) return
    await store.finishClosing(user)
    log.info('an account has ended', { user, erased: erases })
  }

  async function run(): Promise<void> {
    do {
      again = false
      try {
        for (const closing of await store.closings()) if (!closed) await part(closing)
      }
      catch (error) {
        log.warn('an account could not be ended yet', { error: String(error) })
        cancel ??= clock.timer(() => {
          cancel = undefined
          void work()
        }, retryAfter)
      }
    } while (again && !closed)
  }

  function work(): Promise<void> {
    if (closed) return Promise.resolve()
    again = working !== undefined
    working ??= run().finally(() => {
      working = undefined
    })
    return working
  }

  return {
    work,
    close() {
      closed = true
      cancel?.()
    },
  }
}
