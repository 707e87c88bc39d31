/** Paths that are no page. */
const isCall = (path: string): boolean => path.startsWith('/api/') || path.startsWith('/_ws')

/** A copy that nobody can write to. */
function frozen<T extends object>(config: T): T {
  for (const value of Object.values(config)) if (typeof value === 'object' && value !== null) frozen(value as object)
  return Object.freeze(config)
}

/**
 * Gives requests the configuration that the process has. Left to itself Nitro copies it for each request and reads
 * every environment variable anew as soon as somebody asks for it, and the language module asks at each request: half a millisecond of
 * processor time, several times what the call itself takes. What renders pages is handed one that it cannot change.
 */
export default defineNitroPlugin((nitroApp) => {
  const { options } = nitroApp.h3App
  const { onRequest } = options
  const runtimeConfig = useRuntimeConfig()
  const ofPages = frozen(structuredClone(runtimeConfig))
  options.onRequest = (event) => {
    event.context.nitro = { errors: [], runtimeConfig: isCall(event.path) ? runtimeConfig : ofPages }
    return onRequest?.(event)
  }
})
