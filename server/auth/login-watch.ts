import { isShort } from '#parley/server/auth/login-sessions.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import type { ChatService } from '#parley/server/chat/chat-service.ts'
import type { Clock, Log } from '#parley/server/chat/ports.ts'

/** Ms between two looks at everybody who is connected (A5). */
const every = 300_000

/** Logins of a host application's tokens have no row anywhere: they end by their own time. */
const isKept = (login: string): boolean => !login.startsWith('host-')

export interface LoginWatchOptions {
  store: Pick<AccountStore, 'userById' | 'loginsOf' | 'apiTokensOf'>
  chat: Pick<ChatService, 'connectedUsers' | 'connectionsOf' | 'revoke'>
  clock: Pick<Clock, 'timer' | 'now'>
  log: Log
}

export interface LoginWatch {
  /** Looks now; never rejects. */
  look(): Promise<void>
  close(): void
}

/**
 * Asks the store now and then whether those who are connected may still be (A5, X14). What is revoked here is told at once; this is for
 * what another process has done: the command line, another node whose word was lost, a hand in the database. A login that only ran out
 * shows no effect until its next connection (F51), but for one of a shared computer, where whoever sits down next would find it (X33).
 */
export function createLoginWatch({ store, chat, clock, log }: LoginWatchOptions): LoginWatch {
  let cancel = clock.timer(round, every)
  let closed = false

  async function check(user: string): Promise<void> {
    const open = chat.connectionsOf(user).map(({ login }) => login)
    // From the beginning of time: those that have run out are there too.
    const [record, logins, tokens] = await Promise.all([store.userById(user), store.loginsOf(user, 0), store.apiTokensOf(user)])
    if (record === undefined || record.disabled) return chat.revoke(user, record?.disabled ? { disabled: true } : {})
    const lasting = logins.filter(login => !isShort(login) || login.expiresAt > clock.now())
    const standing = new Set([...lasting, ...tokens].map(({ id }) => id))
    for (const login of new Set(open)) if (isKept(login) && !standing.has(login)) chat.revoke(user, { login })
  }

  async function look(): Promise<void> {
    try {
      for (const user of chat.connectedUsers()) {
        if (closed) return
        await check(user)
      }
    }
    catch (error) {
      log.warn('could not look whether logins still stand', { error: String(error) })
    }
  }

  function round(): void {
    void look().then(() => {
      if (!closed) cancel = clock.timer(round, every)
    })
  }

  return {
    look,
    close() {
      closed = true
      cancel()
    },
  }
}
