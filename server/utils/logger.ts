import type { Log } from '#parley/server/chat/ports.ts'
import { logLevels } from '#parley/server/config/settings.ts'
import type { LogLevel } from '#parley/server/config/settings.ts'

const plain = /^[\w.:/@+-]+$/

function fieldText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.stack ?? value.message)
  const text = typeof value === 'string' ? value : JSON.stringify(value) ?? 'undefined'
  return typeof value === 'string' && !plain.test(text) ? JSON.stringify(text) : text
}

/**
 * One line for each entry: time, level, message, `key=value` …: readable at a terminal and by every log collector. What is logged is
 * the caller's care: user ids, connections, codes, bytes; never a token, a cookie or a text (A6, X37).
 */
export function createLogger(least: LogLevel, write: (line: string) => void = line => process.stdout.write(line)): Log {
  const threshold = logLevels.indexOf(least)
  const at = (level: LogLevel) => (message: string, fields: Record<string, unknown> = {}): void => {
    if (logLevels.indexOf(level) < threshold) return
    const tail = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`).join('')
    write(`${new Date().toISOString()} ${level} ${message}${tail}\n`)
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
