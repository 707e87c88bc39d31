import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'

/** The caller's API tokens, without the tokens. */
export default accountHandler(async (_event, { account }) => {
  const tokens = await useParley().store.apiTokensOf(account.id)
  return { tokens: tokens.map(({ id, name, createdAt, lastUsedAt, scopes }) =>
    ({ id, name, createdAt, ...(lastUsedAt === undefined ? {} : { lastUsedAt }), ...(scopes === undefined ? {} : { scopes }) })) }
})
