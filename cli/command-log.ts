import type { Log } from '#parley/server/chat/ports.ts'

const line = (message: string, fields: Record<string, unknown> = {}): void => {
  process.stderr.write(`parley: ${message}${Object.entries(fields).map(([name, value]) => ` ${name}=${String(value)}`).join('')}\n`)
}

/** What parts of the server have to say while the command line uses them: what went wrong, to standard error. */
export const commandLog: Log = { debug: () => undefined, info: () => undefined, warn: line, error: line }
