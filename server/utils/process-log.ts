import { formatWithOptions } from 'node:util'
import type { Log } from '#parley/server/chat/ports.ts'
import type { Settings } from '#parley/server/config/settings.ts'
import { createLogger } from '#parley/server/utils/logger.ts'
import { redacted } from '#parley/server/utils/log-redaction.ts'

const levels = { debug: 'debug', trace: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const

/** Warnings of Vue and its router at rendering; what fails there is told as an error of its request. */
const ofRendering = /^\[vue/i

/** One line: what is printed over many is somebody's stack or object. */
function firstLine(values: readonly unknown[]): string {
  const words = values.filter(value => !(value instanceof Error) && (typeof value !== 'object' || value === null))
  const [line = ''] = redacted(formatWithOptions({ colors: false }, ...words)).split('\n')
  return line.trim()
}

/**
 * Makes what Nitro, Vue and Node itself print (requests that fail, rejections that nobody handles, warnings) lines of the log, with
 * its format, its level and its redaction: Nitro prints the whole address of a request that failed, query string and all.
 *
 * @param log by its level
 * @param announcements gets what `console.log` prints; Nitro says with it, once, where it listens, and that is shown at every level
 * @returns what gives the console back
 */
export function adoptConsole(log: Log, announcements: Log): () => void {
  const before = Object.fromEntries(Object.keys(levels).map(name => [name, Reflect.get(console, name)]))
  for (const [name, level] of Object.entries(levels)) {
    Reflect.set(console, name, (...values: unknown[]) => {
      const error = values.find(value => value instanceof Error)
      const message = firstLine(values)
      const target = name === 'log' ? announcements : log
      // Whoever asks for pages that are not there would fill the log with their paths.
      target[ofRendering.test(message) ? 'debug' : level](message === '' ? redacted(error?.name ?? 'printed') : message, error === undefined ? {} : { error })
    })
  }
  return () => void Object.assign(console, before)
}

/** Node prints its own warnings as plain text. */
function adoptWarnings(log: Log): void {
  process.removeAllListeners('warning')
  process.on('warning', warning => log.warn('the runtime warns', { error: warning }))
}

/** The other end of the pipe is gone: to go on without a log is better than to end every conversation. */
function outliveReader(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}

/** The log of this process. From here on everything that is printed is a line of it, but for the set-up code and why a start fails. */
export function openProcessLog({ logLevel, logFormat }: Pick<Settings, 'logLevel' | 'logFormat'>): Log {
  const format = logFormat ?? (import.meta.dev ? 'text' : 'json')
  const log = createLogger(logLevel, format)
  if (import.meta.dev) return log
  outliveReader()
  adoptConsole(log, createLogger('info', format))
  adoptWarnings(log)
  return log
}
