import { StoreUnavailable } from '#parley/server/chat/ports.ts'
import type { AppendRequest, AppendResult, PageRequest, PageResult, Store } from '#parley/server/chat/ports.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'
import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

/** What a disk does at the moment; shared by the nodes of a world. */
export interface DiskWeather {
  status: 'ok' | 'busy' | 'full'
  /** Ms of one commit; a slow disk is a fault of its own. */
  commit: number
  /** Probability that a commit's answer is lost, so that its fate is unknown (S5). */
  unknown: number
  /** Probability that a read fails. */
  readError: number
  /** Keeps only so many of the newest events for `sync`: a reason for a reset that needs no thousand events (Y2). */
  keepEvents: number
}

export const fairWeather = (): DiskWeather => ({ status: 'ok', commit: 2, unknown: 0, readError: 0, keepEvents: Infinity })

export interface ProcessStoreOptions {
  time: VirtualTime
  random: SeededRandom
  weather: DiskWeather
  /** Whether the process that calls still runs; a dead one gets no more answers. */
  alive: () => boolean
  /** Every event as it is committed: the ground truth of a run. */
  committed: (conversation: string, event: AppendResult & { ok: true }) => void
  /** Something happened that a run is to have met. */
  count: (kind: string) => void
  /** Kill points: the process may end here. */
  killPoint: (point: 'before-commit' | 'after-commit') => void
}

interface Waiting { request: AppendRequest, resolve: (result: AppendResult) => void, reject: (error: unknown) => void }

/**
 * The store as one server process sees it: calls take time, the process may die around a commit, the disk may be busy, full or of
 * unknown mind. What outlives the process is the inner store alone.
 */
export function createProcessStore(inner: Store, options: ProcessStoreOptions): Store {
  const { time, random, weather, alive } = options
  let waiting: Waiting[] = []
  let committing = false

  /** Never settles in a process that is gone. */
  const ifAlive = <A extends unknown[]>(task: (...args: A) => void) => (...args: A) => {
    if (alive()) task(...args)
  }

  const pause = (ms: number) => new Promise<void>(resolve => time.after(ms, ifAlive(resolve)))

  const commitBatch = async (batch: Waiting[]) => {
    const settle: (() => void)[] = []
    const fail = (from: number, error: () => unknown) => {
      const rest = [...batch.slice(from), ...waiting]
      waiting = []
      for (const call of rest) settle.push(() => call.reject(error()))
    }
    for (const [index, call] of batch.entries()) {
      if (weather.status !== 'ok') {
        const { status } = weather
        options.count(`store: ${status}`)
        fail(index, () => new StoreUnavailable(status))
        break
      }
      options.killPoint('before-commit')
      if (!alive()) return
      if (random.chance(weather.unknown)) {
        options.count('store: fate unknown')
        if (random.chance(0.5)) await appendInner(call.request)
        fail(index, () => new Error('the connection to the store broke during a commit'))
        break
      }
      try {
        const result = await appendInner(call.request)
        settle.push(() => call.resolve(result))
      }
      catch (error) {
        settle.push(() => call.reject(error))
      }
      options.killPoint('after-commit')
      if (!alive()) return
    }
    await pause(weather.commit * (0.5 + random.next() / 2))
    for (const each of settle) each()
  }

  const appendInner = async (request: AppendRequest) => {
    const result = await time.external(inner.append(request))
    if (result.ok && result.duplicate) options.count('op: duplicate')
    else if (result.ok) options.committed(request.conversation, result)
    return result
  }

  const commitLoop = async () => {
    if (committing) return
    committing = true
    while (waiting.length > 0) {
      await pause(weather.commit * random.next() / 2)
      const batch = waiting
      waiting = []
      await commitBatch(batch)
    }
    committing = false
  }

  const read = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
    // The snapshot is taken somewhere between question and answer: whoever counts on either end of it must lose here.
    await pause(random.next() * 4)
    if (random.chance(weather.readError)) throw new Error('read failed')
    const answer = await time.external(call(...args))
    await pause(random.next() * 4)
    return answer
  }

  const write = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
    await pause(weather.commit * random.next())
    if (weather.status !== 'ok') throw new StoreUnavailable(weather.status)
    const answer = await time.external(call(...args))
    await pause(weather.commit * random.next())
    return answer
  }

  const page = async (request: PageRequest): Promise<PageResult | undefined> => {
    const answer = await inner.page(request)
    if (!answer || answer.reset || request.whole || answer.head - request.after <= weather.keepEvents) return answer
    const newest = Math.max(request.after, answer.head - Math.min(weather.keepEvents, request.limit))
    const shortened = await inner.page({ ...request, after: newest, tip: null })
    return shortened && { ...shortened, reset: true }
  }

  return {
    // Calls of people's administration, which no client of a simulation makes.
    ...inner,
    append: request => new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject })
      void commitLoop()
    }),
    page: read(page),
    range: read((...request) => {
      options.count('hole read from the store')
      return inner.range(...request)
    }),
    heads: read(inner.heads.bind(inner)),
    headsOf: read(inner.headsOf.bind(inner)),
    history: read(inner.history.bind(inner)),
    firstPaint: read(inner.firstPaint.bind(inner)),
    conversationIdsOf: read(inner.conversationIdsOf.bind(inner)),
    summaries: read(inner.summaries.bind(inner)),
    membersOf: read(inner.membersOf.bind(inner)),
    roleOf: read(inner.roleOf.bind(inner)),
    memberPage: read(inner.memberPage.bind(inner)),
    pinnedMessages: read(inner.pinnedMessages.bind(inner)),
    receiptsOf: read(inner.receiptsOf.bind(inner)),
    messageAt: read(inner.messageAt.bind(inner)),
    heirOf: read(inner.heirOf.bind(inner)),
    owners: read(inner.owners.bind(inner)),
    contactsOf: read(inner.contactsOf.bind(inner)),
    findUsers: read(inner.findUsers.bind(inner)),
    blockedBy: read(inner.blockedBy.bind(inner)),
    blockersOf: read(inner.blockersOf.bind(inner)),
    avatar: read(inner.avatar.bind(inner)),
    messagesOf: read(inner.messagesOf.bind(inner)),
    filesOf: read(inner.filesOf.bind(inner)),
    closings: read(inner.closings.bind(inner)),
    saveProfile: write(inner.saveProfile.bind(inner)),
    saveHidden: write(inner.saveHidden.bind(inner)),
    addAvatar: write(inner.addAvatar.bind(inner)),
    closeAccount: write(inner.closeAccount.bind(inner)),
    finishClosing: write(inner.finishClosing.bind(inner)),
    usersById: read(inner.usersById.bind(inner)),
    lastSeenOf: read(inner.lastSeenOf.bind(inner)),
    search: read(inner.search.bind(inner)),
    attachmentOfKey: read(inner.attachmentOfKey.bind(inner)),
    attachmentFor: read(inner.attachmentFor.bind(inner)),
    storedBytes: read(inner.storedBytes.bind(inner)),
    epoch: read(inner.epoch.bind(inner)),
    createConversation: write(inner.createConversation.bind(inner)),
    raisePositions: write(inner.raisePositions.bind(inner)),
    saveMemberSettings: write(inner.saveMemberSettings.bind(inner)),
    saveLastSeen: write(inner.saveLastSeen.bind(inner)),
    setBlock: write(inner.setBlock.bind(inner)),
    addAttachment: write(inner.addAttachment.bind(inner)),
    filesToErase: write(inner.filesToErase.bind(inner)),
    forgetErased: write(inner.forgetErased.bind(inner)),
    createInvite: write(inner.createInvite.bind(inner)),
    inviteByHash: read(inner.inviteByHash.bind(inner)),
    invitesOf: read(inner.invitesOf.bind(inner)),
    revokeInvite: write(inner.revokeInvite.bind(inner)),
    publicConversations: read(inner.publicConversations.bind(inner)),
    pushSubscriptionsOf: read(inner.pushSubscriptionsOf.bind(inner)),
    hasPushSubscriptions: read(inner.hasPushSubscriptions.bind(inner)),
    reachesByPush: read(inner.reachesByPush.bind(inner)),
    notificationSettings: read(inner.notificationSettings.bind(inner)),
    pushTargets: read(inner.pushTargets.bind(inner)),
    savePushSubscription: write(inner.savePushSubscription.bind(inner)),
    removePushSubscription: write(inner.removePushSubscription.bind(inner)),
    forgetPushEndpoint: write(inner.forgetPushEndpoint.bind(inner)),
    saveNotificationSettings: write(inner.saveNotificationSettings.bind(inner)),
    ready: async () => weather.status === 'ok',
    // The inner store outlives its processes; the world closes it.
    close: async () => {},
  }
}
