/** Version of the wire that this build speaks. Raised when a frame changes in a way an older peer would misread (docs/PROTOCOL.md T2). */
export const PROTOCOL_VERSION = 1

/** Name offered in `Sec-WebSocket-Protocol`; a client that offers none is taken to speak it too (T2). */
export const SUBPROTOCOL = 'parley.v1'
