/** The wire contract: both sides import this and nothing else of each other. Behaviour is in docs/PROTOCOL.md. */
export * from '#parley/shared/protocol/version.ts'
export * from '#parley/shared/protocol/limits.ts'
export * from '#parley/shared/protocol/close-codes.ts'
export * from '#parley/shared/protocol/reject-codes.ts'
export * from '#parley/shared/protocol/content.ts'
export * from '#parley/shared/protocol/client-frames.ts'
export * from '#parley/shared/protocol/server-frames.ts'
export * from '#parley/shared/protocol/codec.ts'
