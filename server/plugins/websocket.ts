import type { Hooks } from 'crossws'
import { chooseProtocol } from '#parley/server/auth/admission.ts'
import { hooksByConnection } from '#parley/server/utils/connection-hooks.ts'
import { limits } from '#parley/shared/protocol/index.ts'

/** The options that Nitro hands to the WebSocket adapter once every plugin has run; there is no setting for them (nitro#3925). */
interface SocketServerOptions {
  /** Finds the hooks of a route. */
  resolve?: (request: never) => Partial<Hooks> | Promise<Partial<Hooks>>
  /** Called for every socket, before those of its route. */
  hooks?: Partial<Hooks>
  serverOptions?: {
    maxPayload: number
    maxFragments: number
    closeTimeout: number
    perMessageDeflate: boolean
    handleProtocols: (offered: Set<string>) => string | false
  }
  idleTimeout?: number
}

/** Ms that a dead peer may keep a socket after our close frame; the default is 30 s. */
const closeTimeout = 2_000

/**
 * The limits of the WebSocket server (T2, T4, K1–K7). Without them every path of the server can be upgraded by anybody, and a
 * message may have 100 MiB. tests/fault/websocket-server.test.ts fails when an update of Nitro or crossws undoes any of this.
 */
export default defineNitroPlugin((nitroApp) => {
  const options: SocketServerOptions = nitroApp.h3App.websocket
  const { resolve } = options
  options.serverOptions = {
    maxPayload: limits.clientMessageBytes,
    maxFragments: limits.clientFragments,
    closeTimeout,
    // One zlib context per socket costs more memory than everything else of it, and secrets beside chosen text leak through sizes.
    perMessageDeflate: false,
    handleProtocols: chooseProtocol,
  }
  // Protocol-level pings prove nothing and would end connections that the server itself has paused; L1 does this work.
  options.idleTimeout = 0
  options.hooks = hooksByConnection(request => resolve?.(request as never))
  delete options.resolve
})
