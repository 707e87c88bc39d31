import type { Environment } from '#parley/client/environment.ts'
import { MemoryStorage } from '#parley/client/storage/memory.ts'

const nothing = (): void => undefined
const unanswered = <T>(): Promise<T> => new Promise<T>(nothing)

/**
 * A world in which nothing ever happens: no time passes, nothing is answered. For a client that only shows what it was given, as a page does
 * while the server renders it.
 */
export function createStillEnvironment(now: number): Environment {
  return {
    now: () => now,
    monotonic: () => 0,
    timer: () => nothing,
    frame: () => nothing,
    random: () => 0,
    randomBytes: length => new Uint8Array(length),
    online: () => true,
    visible: () => true,
    onSignal: () => nothing,
    openSocket: () => ({ send: nothing, close: nothing, abandon: nothing, bufferedAmount: 0 }),
    socketUrl: '',
    http: { ticket: unanswered, conversations: unanswered, conversation: unanswered, history: unanswered, users: unanswered },
    storage: new MemoryStorage(),
    channel: () => ({ post: nothing, on: () => nothing, close: nothing }),
    warn: nothing,
  }
}
