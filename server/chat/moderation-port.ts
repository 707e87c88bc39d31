import type { AuditAct, Ban, OwnReport, Report, ReportReason, ReportState } from '#parley/shared/administration.ts'
import type { JsonValue } from '#parley/shared/model.ts'

/** An act for the audit log; written in the transaction of what it tells of. */
export interface AuditEntry {
  /** User id; absent = the server itself. */
  actor?: string
  act: AuditAct
  target?: string
  name?: string
  detail?: JsonValue
  address: string
  at: number
}

export interface Mute {
  /** Ms since 1970. */
  until: number
  /** User id. */
  by: string
  at: number
  reason?: string
}

export interface NewReport {
  id: string
  conversation: string
  seq: number
  /** User id. */
  reporter: string
  reason: ReportReason
  note?: string
  at: number
}

/** Bans, mutes and reports. Bans are made by `append`, with the leave event of their subject, and kept until lifted. */
export interface ModerationStore {
  /** Newest first, at most a thousand. */
  bansOf(conversation: string): Promise<Ban[]>
  /** @returns whether there was such a ban */
  liftBan(conversation: string, user: string, audit: AuditEntry): Promise<boolean>
  /** Sets or, undefined, lifts; outlives leaving and joining again. @returns false: not a member */
  setMute(conversation: string, user: string, mute: Mute | undefined, audit: AuditEntry): Promise<boolean>
  /**
   * Keeps a copy of the message as it stands. One open report of one reporter about one message: a second changes nothing.
   * @returns `not_found`: the reporter is no member, or there is no such message
   */
  addReport(report: NewReport): Promise<'added' | 'known' | 'not_found'>
  /** What a member has reported of one message, the newest. */
  ownReport(conversation: string, seq: number, reporter: string): Promise<OwnReport | undefined>
  report(id: string): Promise<Report | undefined>
  /** Newest first; `before` is the number of the last one of the page before. */
  reports(state: ReportState | undefined, before: number | undefined, limit: number): Promise<{ reports: Report[], next?: number, open: number }>
  /** Closes all open reports about the same message. @returns how many; 0 = none is open */
  closeReport(id: string, state: Exclude<ReportState, 'open'>, by: string, at: number, audit: AuditEntry): Promise<number>
  /** Erases the copies in reports that were closed before `before` (O5). @returns how many */
  erasedReports(before: number): Promise<number>
}
