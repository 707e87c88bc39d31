import { accountOf } from '#parley/server/auth/accounts.ts'
import type { AccountResult, RequestSource } from '#parley/server/auth/accounts.ts'
import type { AccountStore, ExternalIdentity, UserState } from '#parley/server/auth/ports.ts'
import { cleanDisplayName, isUsername, usernameLike } from '#parley/server/auth/usernames.ts'
import type { Clock, Random } from '#parley/server/chat/ports.ts'
import { foldText } from '#parley/shared/fold.ts'
import { limits } from '#parley/shared/protocol/index.ts'
import type { Account } from '#parley/shared/model.ts'

/** What an issuer says of somebody; none of it decides who they are. */
export interface ExternalProfile {
  username: string | undefined
  displayName: string | undefined
}

export interface ExternalUsers {
  /** The user behind an identity, disabled ones too. */
  find(identity: ExternalIdentity): Promise<UserState | undefined>
  /** The same, made if there is none (A8, A10). `account_disabled`, `registration_closed`: they may not come in. */
  enter(identity: ExternalIdentity, profile: ExternalProfile, how: { create: boolean, from: Pick<RequestSource, 'local'> }): Promise<AccountResult<Account>>
}

/** Numbers that are tried behind a name that is taken, before a random one. */
const numbered = 9

/** Names for a newcomer, the best first; the last ones are as good as free. */
function* candidates({ username, displayName }: ExternalProfile, random: Random): Generator<string> {
  const wish = [username, displayName].map(text => usernameLike(text ?? '')).find(isUsername) ?? 'user'
  const varied = (suffix: string) => Array.from(wish).slice(0, limits.usernameMax - suffix.length - 1).join('') + `-${suffix}`
  if (isUsername(wish)) yield wish
  for (let number = 2; number <= numbered; number++) yield varied(String(number))
  for (;;) yield varied(random.id().replaceAll('-', '').slice(0, 8).toLowerCase())
}

const judge = (user: UserState): AccountResult<Account> => user.disabled ? { ok: false, code: 'account_disabled' } : { ok: true, value: accountOf(user) }

/** Users who prove elsewhere who they are: by issuer and subject, never by a name or an address, which others may come to hold. */
export function createExternalUsers({ store, clock, random }: { store: AccountStore, clock: Pick<Clock, 'now'>, random: Random }): ExternalUsers {
  async function create(identity: ExternalIdentity, profile: ExternalProfile, mayBeFirst: boolean): Promise<AccountResult<Account>> {
    for (const username of candidates(profile, random)) {
      const displayName = cleanDisplayName(profile.displayName ?? '') ?? username
      const made = await store.createUser({
        id: random.id(), username, usernameKey: foldText(username), displayName, passwordHash: '', at: clock.now(), mayBeFirst, identity,
      })
      if (made.ok) return { ok: true, value: made.account }
      if (made.code === 'identity_taken') return enterKnown(identity)
      if (made.code !== 'username_taken') return made
    }
    return { ok: false, code: 'username_taken' }
  }

  /** Another tab was quicker. */
  async function enterKnown(identity: ExternalIdentity): Promise<AccountResult<Account>> {
    const user = await store.userByIdentity(identity)
    return user ? judge(user) : { ok: false, code: 'identity_taken' }
  }

  return {
    find: identity => store.userByIdentity(identity),
    async enter(identity, profile, { create: mayCreate, from }) {
      const user = await store.userByIdentity(identity)
      if (user) return judge(user)
      return mayCreate ? create(identity, profile, from.local) : { ok: false, code: 'registration_closed' }
    },
  }
}
