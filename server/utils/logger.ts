import { pino } from 'pino'
import type { Log } from '#parley/server/chat/ports.ts'
import type { LogFormat, LogLevel } from '#parley/server/config/settings.ts'
import { redactedFields } from '#parley/server/utils/log-redaction.ts'

const plain = /^[\w.:/@+-]+$/

function fieldText(value: unknown): string {
  if (typeof value === 'string') return plain.test(value) ? value : JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value)
  return 'stack' in value ? JSON.stringify(value.stack) : JSON.stringify(value)
}

/** A line for a person at a terminal: time, level, message, `key=value` …. */
function readable(json: string): string {
  const { time, level, msg, ...fields }: Record<string, unknown> = JSON.parse(json)
  return `${[time, level, msg].map(String).join(' ')}${Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`).join('')}\n`
}

/**
 * What everything that this process tells goes through: one JSON object a line (`time`, `level`, `msg`, fields), or a readable line. What
 * is logged is the caller's care: user ids, connections, codes, bytes; never a token, a cookie or a text (A6, X37). What slips through is
 * redacted here.
 *
 * @param write takes a line. Not a transport of pino: its threads load their modules by path, which a bundle does not have. Standard
 * output keeps lines in order with whatever else prints there.
 */
export function createLogger(level: LogLevel, format: LogFormat, write: (line: string) => void = line => void process.stdout.write(line)): Log {
  const logger = pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: label => ({ level: label }), log: redactedFields },
  }, { write: format === 'json' ? write : line => write(readable(line)) })
  const at = (name: LogLevel) => (message: string, fields: Record<string, unknown> = {}): void => logger[name](fields, message)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
