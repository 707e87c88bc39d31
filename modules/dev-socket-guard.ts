import { defineNuxtModule } from 'nuxt/kit'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

interface UpgradeServer { upgrade(...args: unknown[]): unknown }

/**
 * Keeps `nuxi dev` alive when a browser tab dies. Its WebSocket proxy rejects unhandled when a client resets the connection, which
 * restarts the dev server for everyone; here the reset is only logged. Development only.
 */
export default defineNuxtModule({
  meta: { name: 'parley-dev-socket-guard' },
  setup(_options, nuxt) {
    if (!nuxt.options.dev) return
    nuxt.hook('listen', (server: Server) => {
      server.prependListener('upgrade', (_request: unknown, socket: Socket) => socket.on('error', () => {}))
      const target = nuxt.server as UpgradeServer | undefined
      if (target === undefined) return
      const upgrade = target.upgrade.bind(target)
      target.upgrade = (...args) => Promise.resolve(upgrade(...args)).catch((error: Error) => console.warn('[dev ws proxy]', error.message))
    })
  },
})
