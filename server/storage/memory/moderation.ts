import type { Ban, OwnReport, Report, ReportState } from '#parley/shared/administration.ts'
import type { UserSummary } from '#parley/shared/model.ts'
import type { ModerationStore, NewReport } from '#parley/server/chat/moderation-port.ts'
import { userSummary } from '#parley/server/storage/memory/conversations.ts'
import { copy, type MemoryReport, type MemoryState } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'

const mostBans = 1_000

const nameOf = (state: MemoryState, id: string): UserSummary => {
  const user = state.users.get(id)
  return user ? userSummary(user) : { id, username: '', displayName: '' }
}

function bansOf(state: MemoryState, conversation: string): Ban[] {
  const bans = [...state.conversations.get(conversation)?.bans ?? []].toSorted(([, left], [, right]) => right.at - left.at).slice(0, mostBans)
  return bans.map(([user, { by, at, reason }]) => ({ user: nameOf(state, user), by: nameOf(state, by), at, ...(reason === undefined ? {} : { reason }) }))
}

function addReport(state: MemoryState, report: NewReport): 'added' | 'known' | 'not_found' {
  const conversation = state.conversations.get(report.conversation)
  const message = conversation?.messages.get(report.seq)
  if (!conversation?.members.has(report.reporter) || !message || message.deletedAt !== undefined) return 'not_found'
  const same = (other: MemoryReport) => other.conversation === report.conversation && other.seq === report.seq && other.reporter === report.reporter && other.state === 'open'
  if (state.reports.some(same)) return 'known'
  state.reports.push({ ...report, author: message.sender, messageAt: message.at, state: 'open', ...(message.content === undefined ? {} : { copy: copy(message.content) }) })
  return 'added'
}

function reportOf(state: MemoryState, report: MemoryReport): Report {
  const { id, conversation, seq, reporter, author, reason, note, at, messageAt, copy: kept, state: stage, closedAt, closedBy } = report
  const place = state.conversations.get(conversation)
  const message = place?.messages.get(seq)
  return {
    id, conversation, kind: place?.kind ?? 'group', title: place?.title ?? '', seq, reporter: nameOf(state, reporter), author: nameOf(state, author), reason, at, messageAt,
    deleted: message === undefined || message.deletedAt !== undefined, state: stage,
    ...(note === undefined ? {} : { note }),
    ...(kept === undefined ? {} : { copy: copy(kept) }),
    ...(closedAt === undefined ? {} : { closedAt }),
    ...(closedBy === undefined ? {} : { closedBy: nameOf(state, closedBy) }),
  }
}

function reports(state: MemoryState, stage: ReportState | undefined, before: number | undefined, limit: number): { reports: Report[], next?: number, open: number } {
  const numbered = state.reports.map((report, index) => ({ num: index + 1, report }))
  const fitting = numbered.filter(({ num, report }) => (stage === undefined || report.state === stage) && num < (before ?? Infinity)).toReversed()
  const next = fitting.length > limit ? fitting[limit - 1]?.num : undefined
  return {
    reports: fitting.slice(0, limit).map(({ report }) => reportOf(state, report)),
    ...(next === undefined ? {} : { next }),
    open: state.reports.filter(report => report.state === 'open').length,
  }
}

function closeReport(state: MemoryState, id: string, stage: 'resolved' | 'dismissed', by: string, at: number): number {
  const known = state.reports.find(report => report.id === id && report.state === 'open')
  const same = state.reports.filter(report => known && report.state === 'open' && report.conversation === known.conversation && report.seq === known.seq)
  for (const report of same) Object.assign(report, { state: stage, closedAt: at, closedBy: by })
  return same.length
}

function eraseReports(state: MemoryState, before: number): number {
  const late = state.reports.filter(({ copy: kept, closedAt }) => kept !== undefined && closedAt !== undefined && closedAt < before)
  for (const report of late) {
    delete report.copy
    delete report.note
  }
  return late.length
}

export function createMemoryModeration(state: MemoryState, writes: MemoryWrites): ModerationStore {
  return {
    bansOf: async conversation => bansOf(state, conversation),
    liftBan: (conversation, user, audit) => writes.run(() => {
      const lifted = state.conversations.get(conversation)?.bans.delete(user) === true
      if (lifted) state.audit.push(copy(audit))
      return lifted
    }),
    setMute: (id, user, mute, audit) => writes.run(() => {
      const conversation = state.conversations.get(id)
      if (!conversation?.members.has(user)) return false
      if (mute) conversation.mutes.set(user, { ...mute })
      else conversation.mutes.delete(user)
      state.audit.push(copy(audit))
      return true
    }),
    addReport: report => writes.run(() => addReport(state, report)),
    async ownReport(conversation, seq, reporter): Promise<OwnReport | undefined> {
      const own = state.reports.findLast(report => report.conversation === conversation && report.seq === seq && report.reporter === reporter)
      return own && { seq, at: own.at, reviewed: own.state !== 'open' }
    },
    async report(id) {
      const known = state.reports.find(report => report.id === id)
      return known && reportOf(state, known)
    },
    reports: async (stage, before, limit) => reports(state, stage, before, limit),
    closeReport: (id, stage, by, at, audit) => writes.run(() => {
      const closed = closeReport(state, id, stage, by, at)
      if (closed > 0) state.audit.push(copy(audit))
      return closed
    }),
    erasedReports: before => writes.run(() => eraseReports(state, before)),
  }
}
