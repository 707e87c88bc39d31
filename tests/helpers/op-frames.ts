import { randomBytes } from 'node:crypto'
import { makeCid } from '#parley/shared/cid.ts'
import type { SendOp } from '#parley/shared/protocol/index.ts'

/** A cid as clients make them. */
export const newCid = (): string => makeCid(randomBytes(16), Date.now())

/** An op that sends a text. */
export const sendText = (conversation: string, text: string, cid = newCid()): SendOp =>
  ({ type: 'send', cid, conversation, content: { type: 'text', text } })
