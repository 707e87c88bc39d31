import type { MendKey } from '#parley/cli/doctor/mends.ts'

/** What a probe looked at, in the order of the report. */
export type Subject = 'dns' | 'reach' | 'tls' | 'redirect' | 'server' | 'forwarding' | 'upgrade' | 'origin' | 'idle' | 'buffering' | 'payload' | 'clock' | 'assets' | 'host'

/**
 * - `ok`: looked at and right
 * - `note`: right, or not looked at, with something worth knowing
 * - `warning`: works today; will hurt some people, or later
 * - `fault`: people are cut off, misled or unsafe
 */
export type Level = 'ok' | 'note' | 'warning' | 'fault'

export interface Finding {
  subject: Subject
  level: Level
  /** One line: what was seen, and what it does to people. */
  message: string
  /** Lines of configuration that mend it. */
  mend?: MendKey
}

const make = (level: Level) => (subject: Subject, message: string, mend?: MendKey): Finding => ({ subject, level, message, ...(mend === undefined ? {} : { mend }) })

export const ok = make('ok')
export const note = make('note')
export const warning = make('warning')
export const fault = make('fault')
