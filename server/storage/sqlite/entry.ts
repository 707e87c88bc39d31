import type { LogChange } from '#parley/server/chat/ports.ts'
import type { Actor, Place } from '#parley/server/storage/sqlite/facts.ts'

/** A change that has been judged and given its place in the log: what the writers of rows work from. */
export interface Entry {
  key: number
  seq: number
  cid: string
  cidBytes: Uint8Array
  sender: Actor
  at: number
  place: Place
  change: LogChange
}
