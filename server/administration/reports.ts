import type { Report, ReportAct, ReportReason, ReportState } from '#parley/shared/administration.ts'
import { auditOf, type Actor } from '#parley/server/administration/admin.ts'
import type { AdminUsers } from '#parley/server/administration/admin-users.ts'
import { createRateLimiter } from '#parley/server/auth/rate-limiter.ts'
import { RateLimited, type ChatService, type Outcome } from '#parley/server/chat/chat-service.ts'
import type { Clock, Random, Store } from '#parley/server/chat/ports.ts'

export interface ReportsOptions {
  store: Store
  chat: Pick<ChatService, 'actAsServer'>
  users: Pick<AdminUsers, 'change'>
  clock: Clock
  random: Pick<Random, 'id'>
  /** A user was disabled: their sockets close. */
  onDisabled: (user: string) => void
}

export interface NewReportRequest { conversation: string, seq: number, reason: ReportReason, note?: string }

/** Reports of messages, from those who read them to the admins of the server. */
export interface Reports {
  /** @throws RateLimited too many reports of this user */
  add(reporter: string, request: NewReportRequest): Promise<Outcome<void>>
  /**
   * Closes a report together with all others about its message, and does what was decided about the message and its author.
   * What cannot be done any more, such as removing somebody who has left, is passed over.
   */
  close(actor: Actor, id: string, state: Exclude<ReportState, 'open'>, acts: readonly ReportAct[]): Promise<Outcome<Report>>
}

const notFound = { ok: false, code: 'not_found', message: 'there is no such report' } as const

export function createReports({ store, chat, users, clock, random, onDisabled }: ReportsOptions): Reports {
  /** Someone who reads a bad conversation from end to end needs no more; a script that floods the queue gets no further. */
  const allowance = createRateLimiter(clock, { burst: 10, refill: 60_000 })

  async function act(actor: Actor, { id, conversation, seq, author, title }: Report, what: ReportAct): Promise<Outcome<unknown>> {
    const now = clock.now()
    const [about, by] = [{ target: conversation, name: title, detail: { seq, report: id } }, actor.account.id]
    switch (what) {
      case 'delete':
        return chat.actAsServer(conversation, by, { kind: 'delete', target: seq }, { audit: auditOf(actor, now, 'message.delete', about) })
      case 'ban':
        return chat.actAsServer(conversation, by, { kind: 'member', user: author.id, change: 'leave' }, {
          ban: {}, audit: auditOf(actor, now, 'ban.add', { target: author.id, name: author.username, detail: { conversation, report: id } }),
        })
      case 'disable': {
        const changed = await users.change(actor, author.id, { disabled: true })
        if (changed.ok) onDisabled(author.id)
        return changed.ok || changed.code === 'not_found' ? { ok: true, value: undefined } : { ok: false, code: 'forbidden', message: 'this account cannot be disabled' }
      }
    }
  }

  return {
    async add(reporter, { conversation, seq, reason, note }) {
      const wait = allowance.take(reporter)
      if (wait > 0) throw new RateLimited(wait)
      const added = await store.addReport({ id: random.id(), conversation, seq, reporter, reason, at: clock.now(), ...(note === undefined ? {} : { note }) })
      return added === 'not_found' ? { ok: false, code: 'not_found', message: 'there is no such message' } : { ok: true, value: undefined }
    },
    async close(actor, id, state, acts) {
      const report = await store.report(id)
      if (report?.state !== 'open') return notFound
      // First the one that may be refused: a report whose author cannot be disabled stays open.
      for (const what of acts.toSorted(one => one === 'disable' ? -1 : 1)) {
        const done = await act(actor, report, what)
        const over = !done.ok && (done.code === 'bad_target' || done.code === 'not_found')
        if (!done.ok && !over) return done
      }
      const now = clock.now()
      const audit = auditOf(actor, now, state === 'resolved' ? 'report.resolve' : 'report.dismiss', { target: id, detail: { conversation: report.conversation, seq: report.seq, acts: [...acts] } })
      await store.closeReport(id, state, actor.account.id, now, audit)
      const closed = await store.report(id)
      return closed ? { ok: true, value: closed } : notFound
    },
  }
}
