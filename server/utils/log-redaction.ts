/** Names of fields that no line may have, whatever a caller thought (A6, X37): their values are credentials or people's own words. */
const forbidden = /^(?:authorization|body|content|cookie|data|file_?name|headers|password|query|secret|text|ticket|token|url)$/i

const mark = '[redacted]'

/** What follows `?` in an address: tickets, searches, names. */
const queryString = /\?[\w%.~-]+=[^\s"'`)\]]*/g
/** Tickets, API tokens, invites and sealed cookies are unbroken and long; ids are UUIDs and may be seen. */
const longToken = /(?<![\w-])(?![\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?![\w-]))[\w-]{32,}/gi
/** A parser of JSON quotes what it could not read, and that is somebody's body. */
const quotedJson = /^.*\b(?:is not valid JSON|in JSON)\b.*$/gm

/** Takes out of a text that others wrote (errors, what a library prints) all that could be a secret. */
export const redacted = (text: string): string => text.replace(quotedJson, 'malformed JSON').replace(queryString, '?…').replace(longToken, mark)

interface ErrorFields { type: string, message: string, code?: string, stack?: string, cause?: ErrorFields | string }

/** Causes of causes that are still told. */
const deepestCause = 3

function errorFields(error: Error, depth = 0): ErrorFields {
  const fields: ErrorFields = { type: error.name, message: redacted(error.message) }
  if ('code' in error && typeof error.code === 'string') fields.code = redacted(error.code)
  if (error.stack !== undefined) fields.stack = redacted(error.stack)
  const { cause } = error
  if (cause instanceof Error) fields.cause = depth < deepestCause ? errorFields(cause, depth + 1) : cause.name
  else if (typeof cause === 'string') fields.cause = redacted(cause)
  return fields
}

function fieldValue(value: unknown): unknown {
  if (typeof value === 'string') return redacted(value)
  if (value instanceof Error) return errorFields(value)
  if (typeof value !== 'object' || value === null) return value
  // Objects are no fields of a line: what they hold nobody has looked at.
  return Array.isArray(value) ? `${value.length} items` : mark
}

/** The fields of a line as they may be written. */
export function redactedFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, forbidden.test(name) && value !== undefined ? mark : fieldValue(value)]))
}
