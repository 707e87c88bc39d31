import type { ChatCore } from '#parley/client/chat-core.ts'
import type { FirstPaint } from '#parley/shared/first-paint.ts'

/** Shows what the page came with, before the device's storage is read: the same on the server and in the browser that goes on from it. */
export function showFirstPaint(core: ChatCore, { conversations, users, opened, page }: FirstPaint): void {
  core.people.learn(users)
  core.directory.restore(conversations)
  if (opened !== undefined && page !== undefined) core.timeline(opened).begin(page)
  // Nobody listens yet; told later, it would only make everyone look again.
  core.changes.flush()
}

/**
 * Judges what the page came with by what the device knows, which is read now. To be called before what was kept is restored: that then
 * joins on, and of each conversation whoever has come further in its log wins (R12).
 */
export function keepFirstPaint(core: ChatCore, { epoch, opened, page }: FirstPaint): void {
  if (core.cache.belongs(epoch)) {
    if (opened === undefined || page === undefined) return
    core.outbox.committed(page.messages.filter(message => message.sender === core.account.id).map(message => message.cid))
    core.receiver.landed(opened, { ...page, epoch }, false)
    return
  }
  // Of another past than the device's: only a welcome may say that the device is wrong (W4).
  core.forgetLogs()
  core.directory.clear()
}
