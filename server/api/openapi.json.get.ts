import description from '#parley/docs/openapi.json' with { type: 'json' }
import { apiHandler } from '#parley/server/utils/api-handler.ts'

/** This description. */
export default apiHandler((): Record<string, unknown> => description)
