import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { diagnose, spendDiagnosis } from '#parley/server/utils/diagnosis.ts'

/** What the server sees of the one who asks, for `parley doctor`: whether the proxies between tell the truth. */
export default apiHandler((event) => {
  spendDiagnosis(event)
  return diagnose(event)
})
