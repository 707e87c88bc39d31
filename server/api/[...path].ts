import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'

/** An unknown call gets JSON, not the application's page. */
export default apiHandler(() => {
  throw refusal('not_found')
})
