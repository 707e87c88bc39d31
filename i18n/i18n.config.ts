import { compileMessage } from '#parley/i18n/message-compiler.ts'

/** Where messages come compiled, vue-i18n's own compiler is there to run them. */
export default defineI18nConfig(() => import.meta.dev || import.meta.test ? {} : { messageCompiler: compileMessage as never })
