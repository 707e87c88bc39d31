import * as v from 'valibot'
import { apiHandler } from '#parley/server/utils/api-handler.ts'
import { holdAnswer, spendDiagnosis } from '#parley/server/utils/diagnosis.ts'
import { readQuery } from '#parley/server/utils/request-body.ts'

/** Longer than any interval of the heartbeat (L1). */
const longest = 60
const query = v.object({ seconds: v.pipe(v.string(), v.regex(/^\d{1,2}$/), v.transform(Number), v.maxValue(longest)) })

/** An answer in two halves with a silence between, for `parley doctor`. */
export default apiHandler((event) => {
  const { seconds } = readQuery(event, query)
  spendDiagnosis(event)
  holdAnswer(event.node.res, seconds)
})
