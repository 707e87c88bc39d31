import { apiHandler } from '#parley/server/utils/api-handler.ts'

/** The process is alive and answers. */
export default apiHandler(() => ({ status: 'ok' }))
