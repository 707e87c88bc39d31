/** Paths that are no page: nothing there may depend on a configuration of its own. */
const isCall = (path: string): boolean => path.startsWith('/api/') || path.startsWith('/_ws')

/**
 * Gives requests the configuration that the process has. Left to itself Nitro copies it for each request and reads
 * every environment variable anew as soon as somebody asks for it, and the language module asks at each request: half a millisecond of
 * processor time, several times what the call itself takes. Pages get a copy, since rendering may write to it.
 */
export default defineNitroPlugin((nitroApp) => {
  const { options } = nitroApp.h3App
  const { onRequest } = options
  const runtimeConfig = useRuntimeConfig()
  options.onRequest = (event) => {
    event.context.nitro = { errors: [], runtimeConfig: isCall(event.path) ? runtimeConfig : structuredClone(runtimeConfig) }
    return onRequest?.(event)
  }
})
