import { createLocalBackplane } from '#parley/server/backplane/local.ts'
import type { Backplane } from '#parley/server/chat/backplane-port.ts'

/**
 * The backplane that the settings ask for.
 *
 * @param url `NUXT_REDIS_URL`; empty: this process is the only node
 * @throws a URL is set: this version has no Redis backplane, and without one, nodes would see each other's messages only at the audit
 */
export function createBackplane(url: string): Backplane {
  if (url.trim() === '') return createLocalBackplane()
  throw new Error('NUXT_REDIS_URL is set, but this version of Parley has no Redis backplane: run a single node and leave it empty')
}
