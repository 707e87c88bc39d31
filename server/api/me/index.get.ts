import { accountHandler } from '#parley/server/utils/api-handler.ts'
import type { AccountResponse } from '#parley/shared/http.ts'

export default accountHandler((_event, { account, hides }): AccountResponse => ({ user: account, hides: hides ?? {} }))
