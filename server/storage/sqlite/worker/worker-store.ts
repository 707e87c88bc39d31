import { randomUUID } from 'node:crypto'
import { StoreFigures } from '#parley/server/chat/figures.ts'
import { StoreUnavailable, type Clock, type Random, type Store } from '#parley/server/chat/ports.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import { checkCid } from '#parley/server/storage/sqlite/append.ts'
import type { StoreParts } from '#parley/server/storage/sqlite/parts.ts'
import { StoreThread } from '#parley/server/storage/sqlite/worker/store-thread.ts'
import { threadEntry } from '#parley/server/storage/sqlite/worker/thread-entry.ts'

export interface WorkerStoreOptions {
  /** The database file; made when missing, its folder must exist. */
  path: string
  clock?: Pick<Clock, 'now'>
  random?: Pick<Random, 'id'>
  /** Set on both connections after our own settings. */
  pragmas?: Readonly<Record<string, string | number>>
  /** Told of each commit, before its writes are answered, how many there were. */
  onCommit?: (writes: number) => void
  /** Filled in as the threads work. */
  figures?: StoreFigures
  /**
   * A thread of the store has ended by itself: whatever was in its hands has been rejected as of unknown fate (S5), and everything from
   * now on is. The process should end.
   */
  onFailed?: (error: Error) => void
  /** First module of the threads, for tests of their end. */
  entry?: URL
}

export interface WorkerStore extends Store, AccountStore {
  /** Reads or sets a pragma of the writing connection, for tests and diagnosis. */
  pragma(text: string): Promise<unknown>
}

type Method = keyof StoreParts

/** Everything that only reads, so that it goes to the connection that delays no commit. */
const reads = [
  'page', 'range', 'heads', 'history', 'firstPaint', 'conversationIdsOf', 'summaries', 'membersOf', 'roleOf', 'memberPage', 'heirOf', 'owners', 'contactsOf',
  'findUsers', 'usersById', 'userCount', 'userByName', 'userById', 'userByIdentity', 'absentGuests', 'login', 'loginsOf', 'apiToken', 'apiTokensOf', 'attachmentOfKey', 'attachmentFor', 'storedBytes',
  'pinnedMessages', 'receiptsOf', 'messageAt', 'inviteByHash', 'invitesOf', 'publicConversations',
  'pushSubscriptionsOf', 'hasPushSubscriptions', 'reachesByPush', 'notificationSettings', 'pushTargets',
  'hooksOf', 'hookByHash', 'outgoingHooks', 'hook', 'hookFailures',
  'blockedBy', 'blockersOf', 'avatar', 'messagesOf', 'filesOf', 'closings',
  'bansOf', 'ownReport', 'report', 'reports', 'settings', 'auditLines', 'conversationsForAdmin',
  'conversationForAdmin', 'largestConversations', 'expiredMessages', 'storedSizes', 'unknownFiles', 'usersForAdmin', 'userForAdmin', 'passwordReset',
  'passkeysOf', 'passkey', 'totp',
] as const satisfies Method[]

/** Everything else; what usually writes nothing must see what it then writes on. */
const writes = [
  'createConversation', 'raisePositions', 'saveMemberSettings', 'saveLastSeen', 'setBlock', 'createUser', 'setPassword', 'promoteGuest',
  'createLogin', 'touchLogin', 'revokeLogin', 'revokeLogins', 'createApiToken', 'touchApiToken', 'revokeApiToken',
  'addAttachment', 'filesToErase', 'forgetErased', 'createInvite', 'revokeInvite',
  'savePushSubscription', 'removePushSubscription', 'forgetPushEndpoint', 'saveNotificationSettings',
  'createHook', 'changeHook', 'saveHookProgress', 'forgetHookFailure', 'removeHook',
  'saveProfile', 'saveHidden', 'addAvatar', 'closeAccount', 'finishClosing',
  'liftBan', 'setMute', 'addReport', 'closeReport',
  'erasedReports', 'saveSetting', 'recordAudit', 'deleteConversation', 'purgeDeleted', 'changeUser', 'createPasswordReset', 'usePasswordReset',
  'addPasskey', 'usePasskey', 'renamePasskey', 'removePasskey', 'addTotp', 'useTotpStep', 'useRecoveryCode', 'replaceRecoveryCodes', 'removeTotp', 'clearSecondFactor',
] as const satisfies Method[]

/** Methods by name, each a call to a thread. */
function forward<Name extends Method>(thread: StoreThread, names: readonly Name[]): Pick<StoreParts, Name> {
  const calls = names.map(name => [name, (...args: unknown[]) => thread.call<never>(name, args)])
  return Object.fromEntries(calls) as Pick<StoreParts, Name>
}

async function openThreads(options: WorkerStoreOptions): Promise<{ writer: StoreThread, reader: StoreThread }> {
  const { path, pragmas = {}, clock, random, onCommit, figures = new StoreFigures(), entry = threadEntry, onFailed = () => undefined } = options
  let told = false
  const failed = (error: Error) => {
    if (told) return
    told = true
    for (const thread of [writer, reader]) void thread.terminate()
    onFailed(error)
  }
  const start = { path, pragmas, epoch: random?.id() ?? randomUUID(), clockOffset: clock ? clock.now() - Date.now() : 0 }
  const writer = new StoreThread({ entry, start: { ...start, role: 'writer' }, onFailed: failed, onCommit: (count, ms) => {
    figures.writes += count
    figures.commit.add(ms)
    onCommit?.(count)
  } })
  const reader = new StoreThread({ entry, start: { ...start, role: 'reader' }, onFailed: failed, onAnswers: (count, ms) => {
    figures.reads += count
    figures.reading += ms
  } })
  figures.queues = () => ({ writer: writer.pending, reader: reader.pending })
  try {
    await writer.ready()
    await reader.open()
    return { writer, reader }
  }
  catch (error) {
    await Promise.all([writer.close(), reader.close()])
    throw error
  }
}

/**
 * Opens the store of one server process with SQLite in two threads of its own: one writes, one reads. The event loop neither waits for
 * the disk nor for a long read, and no commit waits for a read either.
 *
 * @throws ConfigurationError the file cannot be used
 */
export async function openWorkerStore(options: WorkerStoreOptions): Promise<WorkerStore> {
  const { writer, reader } = await openThreads(options)
  const epoch = await reader.call<string>('epoch', [])
  let closing: Promise<void> | undefined
  return {
    ...forward(reader, reads),
    ...forward(writer, writes),
    append(request) {
      try {
        checkCid(request.cid)
      }
      catch (error) {
        return Promise.reject(error)
      }
      // The thread's own promise: an asynchronous method would put two more behind it, for each op.
      return writer.append(request)
    },
    headsOf: async ids => new Map(await reader.call<[string, number][]>('headsOf', [ids])),
    lastSeenOf: async users => new Map(await reader.call<[string, number][]>('lastSeenOf', [users])),
    async search(request) {
      try {
        await writer.call('catchUpIndex', [])
      }
      catch (error) {
        // While no write is taken, what is indexed can still be found.
        if (!(error instanceof StoreUnavailable)) throw error
      }
      return reader.call('search', [request])
    },
    // It never changes while a process has the database open.
    epoch: async () => epoch,
    ready: async () => closing === undefined && await writer.call<boolean>('ready', []).catch(() => false),
    pragma: text => writer.call('pragma', [text]),
    close() {
      // The writer last: who closes last moves the log into the file.
      closing ??= reader.close().then(() => writer.close())
      return closing
    },
  }
}
