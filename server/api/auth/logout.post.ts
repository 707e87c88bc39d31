import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { endLoginOf } from '#parley/server/utils/log-in.ts'
import { clearLoginId } from '#parley/server/utils/session-cookie.ts'

/** Ends the login of the cookie and everything that hangs on it (A5). 204 also when there is none: the caller is logged out either way. */
export default apiHandler(async (event) => {
  await endLoginOf(event)
  clearLoginId(event)
  return null
})
