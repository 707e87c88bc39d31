import type { TimelineSnapshot } from '#parley/client/types.ts'
import type { NewOp } from '#parley/tests/helpers/issue-op.ts'
import type { FinalView, Oracle, Witness } from '#parley/tests/helpers/sim/oracle.ts'
import type { Record } from '#parley/scripts/chaos/record.ts'

/** Where somebody sits: a headless client, or a tab of a browser. It outlives the pages that are reloaded in it. */
export interface Seat {
  readonly name: string
  readonly account: string
  /** A page is there and can be used: not frozen, not between two loads. */
  readonly usable: boolean
  readonly online: boolean
  readonly pending: number
  /** What stands on the screen of a conversation, as far as it was told. */
  snapshot(conversation: string): TimelineSnapshot | undefined
  /** Presses what makes this op. Nothing is promised: the page may go meanwhile. */
  press(op: NewOp): Promise<void>
  show(conversation: string): Promise<void>
  read(conversation: string, seq: number): Promise<void>
  reload(): Promise<void>
  /** The device has no network and knows it, or has it again. */
  setOnline(online: boolean): Promise<void>
  freeze(on: boolean): Promise<void>
  /** What it shows now; undefined when the page does not answer. */
  view(): Promise<FinalView | undefined>
  /** Tells the oracle what it shows at the end. */
  finish(): Promise<void>
  dispose(): Promise<void>
}

/** What the run counts about one press. */
export interface Press { type: NewOp['type'], account: string, refused: boolean }

/** The oracle, with books beside it for the report and the traces. */
export interface Books {
  readonly oracle: Oracle
  readonly record: Record
  readonly presses: ReadonlyMap<string, Press>
}

/** Passes everything on to the oracle and writes it down, with the states that each op went through. */
export function createBooks(oracle: Oracle, record: Record): Books {
  const presses = new Map<string, Press>()
  const watch = (account: string, name: string, device?: string): Witness => {
    const witness = oracle.watch(account, name, device)
    const states = new Map<string, string>()
    return {
      ...witness,
      pressed(op) {
        presses.set(op.cid, { type: op.type, account, refused: false })
        record.note(`${name} presses ${op.type} in ${op.conversation}`, op.cid)
        witness.pressed(op)
      },
      kept(cid) {
        record.note(`${name} has it on its disk`, cid)
        witness.kept(cid)
      },
      refused(cid) {
        const press = presses.get(cid)
        if (press) press.refused = true
        record.note(`${name} was told: refused`, cid)
        witness.refused(cid)
      },
      saw(snapshot) {
        for (const row of snapshot.rows) {
          const state = `${row.seq ?? '–'} ${row.kind === 'message' ? row.state ?? '' : ''}`
          if (states.get(row.cid) !== state) record.note(`${name} shows it: seq ${state}`, row.cid)
          states.set(row.cid, state)
        }
        witness.saw(snapshot)
      },
    }
  }
  return { oracle: { ...oracle, watch }, record, presses }
}
