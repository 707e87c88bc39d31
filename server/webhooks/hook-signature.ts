import { createHmac } from 'node:crypto'

/**
 * What proves that a delivery is this server's: HMAC-SHA256 over the time and the body, so that neither can be changed, and a delivery that
 * was recorded cannot be played back for longer than its receiver allows. The version goes first, for a second way one day.
 */
export const hookSignature = (secret: string, timestamp: string, body: string): string =>
  `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
