import * as v from 'valibot'
import type { AuthenticationResponse, RegistrationResponse } from '#parley/server/auth/passkeys.ts'
import { relyingParty, type RelyingParty } from '#parley/server/auth/relying-party.ts'
import { credentialIdLength, passkeyNameLength } from '#parley/server/auth/second-factor-limits.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { clientOf } from '#parley/server/utils/client-facts.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import type { RequestEvent } from '#parley/server/utils/request-event.ts'
import { isCleanText } from '#parley/shared/protocol/index.ts'

/** Parts of what browsers answer, as JSON; only what is looked at is taken over, the rest falls away. */
const encoded = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most), v.regex(/^[\w-]+$/))
const credential = { id: encoded(credentialIdLength), rawId: encoded(credentialIdLength), type: v.literal('public-key'), clientExtensionResults: v.optional(v.object({}), {}) }
const transports = v.picklist(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'])

export const registrationField = v.pipe(
  v.object({ ...credential, response: v.object({ clientDataJSON: encoded(8_192), attestationObject: encoded(32_768), transports: v.optional(v.array(v.string())) }) }),
  v.transform(({ response: { transports: ways = [], ...response }, ...rest }): RegistrationResponse =>
    ({ ...rest, response: { ...response, transports: ways.filter(way => v.is(transports, way)).slice(0, 7) } })),
)

export const authenticationField = v.pipe(
  v.object({ ...credential, response: v.object({ clientDataJSON: encoded(8_192), authenticatorData: encoded(8_192), signature: encoded(2_048), userHandle: v.optional(encoded(128)) }) }),
  v.transform(({ response: { userHandle, ...response }, ...rest }): AuthenticationResponse =>
    ({ ...rest, response: { ...response, ...(userHandle === undefined ? {} : { userHandle }) } })),
)

/** What its owner calls a passkey. */
export const passkeyNameField = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(passkeyNameLength), v.check(isCleanText), v.check(text => !/\p{Cc}/u.test(text)))

const partyIn = (event: RequestEvent): RelyingParty | undefined =>
  relyingParty(getRequestHeader(event, 'origin'), clientOf(event).hosts, useParley().settings.allowedOrigins)

/**
 * The relying party of a request that is about to make or use a passkey.
 *
 * @throws HttpRefusal 422 `passkeys_unavailable`
 */
export function requireParty(event: RequestEvent): RelyingParty {
  const party = partyIn(event)
  if (party === undefined) throw refusal('passkeys_unavailable')
  return party
}

/**
 * The same for a call that only reads: browsers name no origin in it, so it is taken from the host that they called. Whether that was by
 * https a page knows better than a server whose proxy may not say.
 */
export function partyOfReader(event: RequestEvent): RelyingParty | undefined {
  const { hosts } = clientOf(event)
  const [host = ''] = hosts.toReversed()
  return relyingParty(`https://${host.toLowerCase()}`, hosts, [])
}

/**
 * The passkey in a path.
 *
 * @throws HttpRefusal 404
 */
export function passkeyId(event: RequestEvent): string {
  const value = getRouterParam(event, 'id', { decode: true }) ?? ''
  if (!v.is(encoded(credentialIdLength), value)) throw refusal('not_found')
  return value
}
