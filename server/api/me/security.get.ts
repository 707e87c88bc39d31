import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { partyOfReader } from '#parley/server/utils/passkey-fields.ts'
import { passkeySummary } from '#parley/server/utils/passkey-summary.ts'
import type { SecurityResponse } from '#parley/shared/second-factor.ts'

/** How the caller proves who they are: passkeys, and whether the password needs a code beside it. */
export default accountHandler(async (event, { account }): Promise<SecurityResponse> => {
  const { store, secondFactor } = useParley()
  const party = partyOfReader(event)
  const [passkeys, codes, user] = await Promise.all([store.passkeysOf(account.id), secondFactor.state(account.id), store.userById(account.id)])
  return {
    passkeys: passkeys.map(passkey => passkeySummary(passkey, party?.id)),
    hasPassword: user?.passwordHash !== '',
    passkeysPossible: party !== undefined,
    ...(codes === undefined ? {} : { codes: { since: codes.createdAt, recoveryCodesLeft: codes.codesLeft } }),
  }
})
