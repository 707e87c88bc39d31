import type { HttpClient } from '#parley/tests/helpers/http-client.ts'
import type { Dice } from '#parley/scripts/fuzz/dice.ts'

/** What cases of the corpus are filled with: `{room}` stands for a conversation of the one who asks, and so on. */
export type Places = Readonly<Record<string, string>>

/** Puts real ids where the corpus has names. A cid is new each time, so that an op is no duplicate. */
export function filled(text: string, places: Places, dice: Dice): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name === 'cid' ? dice.cid() : places[name] ?? whole))
}

/** An account to attack from, with a conversation, a message, a file and a token to its name. */
export interface Attacker {
  client: HttpClient
  name: string
  password: string
  token: string
  places: Places
}
