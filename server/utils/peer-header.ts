/**
 * Brings the address of the other end to the upgrade hook, which is shown headers and nothing else. Written over on every upgrade, so that
 * no client can say it.
 */
export const peerHeader = 'x-parley-peer'
