import { setStatus } from '#parley/server/utils/request-event.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import type { HttpErrorBody, HttpErrorCode } from '#parley/shared/http.ts'
import type { RejectCode } from '#parley/shared/protocol/index.ts'
import { rejectStatus } from '#parley/shared/protocol/index.ts'

/** An answer other than success, thrown by handlers (PROTOCOL 11). */
export class HttpRefusal extends Error {
  readonly status: number
  readonly code: string
  /** Ms; becomes `Retry-After`. */
  readonly retryAfter: number | undefined
  constructor(status: number, code: HttpErrorCode | RejectCode, message: string, retryAfter?: number) {
    super(message)
    this.name = 'HttpRefusal'
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }
}

const statuses: Readonly<Record<HttpErrorCode, number>> = {
  bad_request: 400,
  unauthenticated: 401,
  bad_credentials: 401,
  bad_token: 401,
  foreign_origin: 403,
  registration_closed: 403,
  setup_code_required: 403,
  invite_required: 403,
  account_disabled: 403,
  forbidden: 403,
  scope_missing: 403,
  code_wrong: 403,
  passkey_refused: 403,
  confirmation_required: 403,
  step_expired: 410,
  passkey_limit: 422,
  passkeys_unavailable: 422,
  not_found: 404,
  username_taken: 409,
  identity_taken: 409,
  last_admin: 409,
  username_invalid: 422,
  password_weak: 422,
  password_common: 422,
  bad_picture: 422,
  file_too_large: 413,
  quota_exceeded: 422,
  subscription_invalid: 422,
  too_many_uploads: 429,
  too_many_requests: 429,
  store_unavailable: 503,
}

const messages: Readonly<Record<HttpErrorCode, string>> = {
  bad_request: 'the request is malformed',
  unauthenticated: 'not logged in',
  bad_credentials: 'wrong user name or password',
  bad_token: 'this token does not count',
  foreign_origin: 'this origin may not write here',
  registration_closed: 'registration is closed',
  setup_code_required: 'the first user needs the set-up code that the server printed at its start',
  invite_required: 'registration needs an invite',
  account_disabled: 'this account is disabled',
  forbidden: 'not allowed',
  scope_missing: 'the token was not made for this',
  code_wrong: 'wrong code',
  passkey_refused: 'this passkey cannot be used here',
  confirmation_required: 'this needs the password, or a log-in of the last ten minutes',
  step_expired: 'begin again: this step was begun too long ago, or elsewhere',
  passkey_limit: 'there are as many passkeys as one user can have',
  passkeys_unavailable: 'browsers have passkeys only over https and under a name',
  not_found: 'not found',
  username_taken: 'this user name is taken',
  identity_taken: 'somebody has just logged in by this for the first time',
  username_invalid: 'a user name has 3 to 32 letters, digits, dots, underscores or hyphens',
  password_weak: 'a password has 8 to 256 characters, and is more than the user name or one character repeated',
  password_common: 'this password is among the most common ones',
  last_admin: 'this server would be without an admin',
  bad_picture: 'an avatar is a square PNG, JPEG or WebP of 16 to 512 pixels',
  file_too_large: 'the file is larger than this server takes',
  quota_exceeded: 'there is no room left for files of this user',
  subscription_invalid: 'not a push subscription that this server can use',
  too_many_uploads: 'too many uploads at once',
  too_many_requests: 'too many requests',
  store_unavailable: 'the server cannot store anything now',
}

/** The usual refusal for a code. */
export const refusal = (code: HttpErrorCode, retryAfter?: number): HttpRefusal => new HttpRefusal(statuses[code], code, messages[code], retryAfter)

/** The refusal for a reject of the chat (PROTOCOL 5, last rule). */
export const rejection = (code: RejectCode, message: string): HttpRefusal => new HttpRefusal(rejectStatus(code), code, message)

/** Writes a refusal as the answer. Not by throwing it to Nitro, which would answer a browser with a page instead of JSON. */
export function sendRefusal(event: RequestEvent, { status, code, message, retryAfter }: HttpRefusal): HttpErrorBody {
  setStatus(event, status)
  if (retryAfter !== undefined) setResponseHeader(event, 'retry-after', Math.max(1, Math.ceil(retryAfter / 1000)))
  return { statusCode: status, message, data: { code } }
}
