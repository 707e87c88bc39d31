import { ChatCore } from '#parley/client/chat-core.ts'
import type { ChatClientOptions } from '#parley/client/chat-core.ts'
import type { Signal } from '#parley/client/environment.ts'
import { keepFirstPaint, showFirstPaint } from '#parley/client/first-paint.ts'
import type { ChatClient } from '#parley/client/types.ts'
import type { Content } from '#parley/shared/model.ts'
import type { Op } from '#parley/shared/protocol/index.ts'

export type { ChatClientOptions }

/** A device storage that does not answer (a database that another tab blocks) must not keep anyone from connecting (ms). */
const loadLimit = 3_000

/** Content as plain data: a reactive proxy of the interface cannot be stored. Content is JSON by definition (PROTOCOL 5). */
const plain = (content: Content): Content => JSON.parse(JSON.stringify(content)) as Content

/** Loads what the device kept: list, rows, drafts and outbox. Whatever fails is told once and left empty. */
async function load(core: ChatCore): Promise<void> {
  const { cache, directory, drafts, outbox, environment, changes } = core
  try {
    const kept = await cache.load()
    if (core.firstPaint !== undefined) keepFirstPaint(core, core.firstPaint)
    for (const { conversation, kept: timeline } of kept.timelines) {
      core.timeline(conversation).restore(timeline)
      outbox.committed(timeline.rows.filter(row => row.mine).map(row => row.cid))
    }
    directory.join(kept.summaries)
    for (const { id, readSeq } of kept.summaries) core.receipts.reach('read', id, readSeq)
    await drafts.load()
  }
  catch (error) {
    environment.warn('what this device kept could not be loaded', error)
  }
  await outbox.refresh()
  await core.uploads.look()
  if (!environment.storage.durable) changes.queue({ type: 'notice', code: 'device_storage_unavailable' })
  changes.flush()
}

async function ready(core: ChatCore): Promise<void> {
  await core.alive
  return new Promise((resolve) => {
    const cancel = core.environment.timer(resolve, loadLimit)
    void load(core).finally(() => {
      cancel()
      resolve()
    })
  })
}

/** Making, retrying and discarding own ops. */
function ownOps(core: ChatCore): Pick<ChatClient, 'send' | 'upload' | 'uploadOf' | 'edit' | 'remove' | 'react' | 'retry' | 'discard'> {
  const { outbox, uploads, changes } = core
  const newCid = () => core.newCid()
  const put = (op: Op) => {
    const stored = outbox.put(op)
    changes.flush()
    return { cid: op.cid, stored }
  }
  /** A row's cid stands for the failed changes of that row too: they have no row of their own. */
  const failedFor = (cid: string): string[] => {
    if (outbox.entry(cid) !== undefined) return [cid]
    return outbox.all().filter(({ op, status }) => {
      return op.type !== 'send' && status.name === 'failed' && core.timeline(op.conversation).window.at(op.target)?.cid === cid
    }).map(({ op }) => op.cid)
  }
  const retryOne = (cid: string) => {
    const entry = outbox.entry(cid)
    if (entry?.status.name !== 'failed') return
    if (entry.status.code !== 'cid_conflict') return outbox.retry(cid)
    outbox.discard(cid)
    void outbox.put({ ...entry.op, cid: newCid() })
  }
  return {
    send(conversation, content, options) {
      if (!core.timeline(conversation).window.attached) void core.history.present(conversation) // an own message is sent into the present (U-S3)
      const replyTo = options?.replyTo === undefined ? {} : { replyTo: options.replyTo }
      return put({ type: 'send', cid: newCid(), conversation, content: plain(content), ...replyTo })
    },
    upload(conversation, file, options = {}) {
      if (!core.timeline(conversation).window.attached) void core.history.present(conversation)
      const cid = newCid()
      return { cid, stored: uploads.add(cid, conversation, file, options) }
    },
    uploadOf: cid => uploads.view(cid),
    edit: (conversation, target, content) => put({ type: 'edit', cid: newCid(), conversation, target, content: plain(content) }),
    remove: (conversation, target) => put({ type: 'delete', cid: newCid(), conversation, target }),
    react: (conversation, target, emoji, on) => put({ type: 'react', cid: newCid(), conversation, target, emoji, on }),
    retry(cid) {
      if (!uploads.retry(cid)) for (const failed of failedFor(cid)) retryOne(failed)
      changes.flush()
    },
    discard(cid) {
      if (!uploads.cancel(cid)) for (const failed of failedFor(cid)) outbox.discard(failed)
      changes.flush()
    },
  }
}

/** Looking at conversations. */
function reading(core: ChatCore): Pick<ChatClient, 'timeline' | 'open' | 'setAtEnd' | 'loadOlder' | 'loadNewer' | 'jumpTo' | 'jumpToPresent' | 'refresh' | 'markRead'> {
  const { history, directory, receipts } = core
  return {
    timeline(conversation) {
      const timeline = core.timeline(conversation)
      if (!timeline.loaded) history.ensure(conversation)
      return timeline.snapshot()
    },
    open(conversation) {
      if (core.opened !== undefined) core.timeline(core.opened).setAtEnd(true)
      core.opened = conversation
      if (conversation === undefined) return
      history.forgiveFailures()
      history.ensure(conversation)
    },
    setAtEnd: (conversation, atEnd) => core.timeline(conversation).setAtEnd(atEnd),
    loadOlder: conversation => history.older(conversation),
    loadNewer: conversation => history.newer(conversation),
    jumpTo: (conversation, seq) => history.around(conversation, seq),
    jumpToPresent: conversation => history.present(conversation),
    refresh: () => directory.refresh(),
    markRead(conversation, seq) {
      receipts.reach('read', conversation, directory.read(conversation, seq))
    },
  }
}

function storageLost({ outbox, changes }: ChatCore, cause: 'upgraded' | 'cleared'): void {
  if (cause === 'cleared') outbox.diskCleared()
  changes.now({ type: 'notice', code: cause === 'upgraded' ? 'update_available' : 'device_storage_unavailable' })
}

/** Starting, stopping, leaving. `run` tells a start that is still loading from one that was taken back meanwhile (F54). */
function lifecycle(core: ChatCore): Pick<ChatClient, 'ready' | 'start' | 'stop' | 'retryNow' | 'erase' | 'dispose'> {
  const { connection, environment, cache, drafts, outbox, changes } = core
  let loaded: Promise<void> | undefined
  let run = 0
  const whenReady = () => loaded ??= ready(core)
  core.loaded = whenReady
  const onSignal = (signal: Signal) => {
    if (signal === 'pagehide' || signal === 'freeze' || signal === 'hidden') {
      drafts.leave(true)
      void cache.flush()
    }
    else if (signal === 'visible' || signal === 'resume' || signal === 'pageshow') {
      changes.flush() // what a hidden page left to a timer that may be a minute away
      drafts.leave(false)
      void outbox.refresh().then(() => core.uploads.look())
    }
  }
  const offs = [
    environment.onSignal(onSignal),
    environment.storage.onLost(cause => storageLost(core, cause)),
  ]
  const stop = () => {
    run++
    connection.stop()
  }
  return {
    ready: whenReady,
    start() {
      const mine = ++run
      void whenReady().then(() => mine === run && connection.start())
    },
    stop,
    retryNow: () => connection.retryNow(),
    async erase() {
      stop()
      core.tabs.tell({ type: 'erased' })
      core.receiver.forgetAll()
      await environment.storage.erase(core.account.id).catch((error: unknown) => environment.warn('this device could not be cleared', error))
    },
    dispose() {
      stop()
      void drafts.flush()
      void cache.flush()
      cache.switchOff() // what the flush has begun goes on; nothing new begins
      for (const part of [core.receiver, outbox, core.uploads, core.receipts, core.people, drafts, changes, connection]) part.dispose()
      for (const off of offs) off()
      core.tabs.close()
    },
  }
}

/** One logged-in account on one page; runs wherever its Environment does. Call `dispose` when the account leaves the page. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const core = new ChatCore(options)
  if (core.firstPaint !== undefined) showFirstPaint(core, core.firstPaint)
  const { connection, directory, people, typing, drafts, changes } = core
  return {
    account: core.account,
    ...lifecycle(core),
    ...ownOps(core),
    ...reading(core),
    connection: () => connection.state(),
    pending: () => core.pending(),
    limits: () => core.limits,
    conversations: () => directory.list(),
    conversation: id => directory.view(id),
    user: id => people.user(id),
    typing: conversation => typing.users(conversation),
    presence: user => people.presence(user),
    draft: conversation => drafts.get(conversation),
    saveDraft: (conversation, draft) => drafts.save(conversation, draft === undefined ? undefined : { ...draft }),
    draftFiles: conversation => core.uploads.draft(conversation),
    draftTray: () => core.uploads.tray(),
    setTyping: (conversation, on) => typing.tell(conversation, on),
    setActive: active => core.receiver.active(active),
    on: listener => changes.on(listener),
  }
}
