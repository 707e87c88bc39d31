import type { PasskeyRecord } from '#parley/server/auth/second-factor-port.ts'
import type { PasskeySummary } from '#parley/shared/second-factor.ts'

/** What its owner sees of a passkey. `here`: the relying party's name where they are now. */
export const passkeySummary = ({ id, name, rpId, createdAt, lastUsedAt }: PasskeyRecord, here: string | undefined): PasskeySummary =>
  ({ id, name, createdAt, ...(lastUsedAt === undefined ? {} : { lastUsedAt }), ...(rpId === here ? {} : { elsewhere: true }) })
