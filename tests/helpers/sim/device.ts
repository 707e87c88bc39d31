import { DeviceStorageError } from '#parley/client/environment.ts'
import type { ClientStorage, StoredConversation, StoredOp, TabChannel } from '#parley/client/environment.ts'
import type { PageLife } from '#parley/tests/helpers/sim/page-life.ts'
import type { SeededRandom } from '#parley/tests/helpers/sim/random.ts'
import type { VirtualTime } from '#parley/tests/helpers/sim/virtual-time.ts'

/** One browser profile: a disk, broadcast channels that its tabs share, and a wall clock that may be wrong. */
export interface Device {
  storage(life: PageLife): ClientStorage
  channel(life: PageLife, name: string): TabChannel
  /** Fails every write (`quota`) or every call (`unavailable`). */
  failing: 'quota' | 'unavailable' | undefined
  /** Ms that the wall clock is wrong by. */
  clockError: number
  /** Ops that lie on the disk now. */
  ops(): readonly StoredOp[]
  /** Calls that failed so far. */
  readonly failures: number
  /** A page's process is gone: its half-done writes are lost or not. */
  forget(life: PageLife): void
  /** Site data are cleared: the disk is empty and new, and pages that are open hear of it (F43). */
  clear(): void
}

interface Disk {
  ops: Map<string, StoredOp>
  /** `data` as text: it is written many times for each time it is read. */
  conversations: Map<string, StoredConversation & { data: string }>
  values: Map<string, unknown>
  nextOrder: number
}

const emptyDisk = (): Disk => ({ ops: new Map(), conversations: new Map(), values: new Map(), nextOrder: 1 })

/** What is stored is plain data; as JSON it is copied several times faster than by structuredClone. */
const copy = <T>(value: T): T => value === undefined ? value : JSON.parse(JSON.stringify(value)) as T

const key = (account: string, name: string) => `${account}\n${name}`

export function createDevice(time: VirtualTime, random: SeededRandom): Device {
  let disk = emptyDisk()
  const channels = new Map<string, Set<{ life: PageLife, listeners: Set<(message: unknown) => void> }>>()
  const owners = new Map<(cause: 'cleared') => void, PageLife>()
  let diskFree = 0
  let failures = 0

  /** One transaction: in call order over all tabs, atomic, strict (it resolves when it is on disk). */
  const transaction = <R>(life: PageLife, writes: boolean, work: () => R): Promise<R> => new Promise((resolve, reject) => {
    diskFree = Math.max(diskFree, time.now()) + random.next() * (writes ? 6 : 2)
    time.after(diskFree - time.now(), () => {
      if (!life.alive && random.chance(0.5)) return
      const { failing } = device
      if (failing === 'unavailable' || (failing === 'quota' && writes)) {
        failures++
        life.deliver(() => reject(new DeviceStorageError(failing)))
        return
      }
      const result = copy(work())
      life.deliver(() => resolve(result))
    })
  })

  const storage = (life: PageLife): ClientStorage => ({
    putOp: (op) => {
      const row = copy(op)
      return transaction(life, true, () => {
        const stored: StoredOp = disk.ops.get(row.cid) ?? { ...row, order: disk.nextOrder++ }
        disk.ops.set(row.cid, stored)
        return stored
      })
    },
    putOps: (_account, ops, newer) => {
      const [rows, last] = copy([ops, newer])
      return transaction(life, true, () => {
        for (const { cid } of last) disk.ops.delete(cid)
        for (const row of [...rows, ...last]) {
          const known = disk.ops.get(row.cid)
          if (!known || row.failure !== undefined) disk.ops.set(row.cid, { ...row, order: known?.order ?? disk.nextOrder++ })
        }
      })
    },
    updateOp: (_account, cid, change) => transaction(life, true, () => {
      const op = disk.ops.get(cid)
      if (!op) return
      const { failure: _, ...rest } = op
      disk.ops.set(cid, change.failure === undefined ? rest : { ...rest, failure: change.failure })
    }),
    deleteOps: (_account, cids) => {
      const gone = [...cids]
      // Deleting needs no room: it goes through on a full disk.
      return transaction(life, false, () => gone.forEach(cid => disk.ops.delete(cid)))
    },
    ops: account => transaction(life, false, () => [...disk.ops.values()].filter(op => op.account === account).sort((a, b) => a.order - b.order)),
    putConversations: (entries, values = []) => {
      const rows = entries.map(entry => ({ ...entry, data: JSON.stringify(entry.data) }))
      const copies = structuredClone(values)
      return transaction(life, true, () => {
        for (const row of rows) disk.conversations.set(key(row.account, row.conversation), row)
        for (const { account, key: name, value } of copies) disk.values.set(key(account, name), value)
      })
    },
    deleteConversations: (account, conversations) => transaction(life, false, () => {
      for (const [at, row] of disk.conversations) {
        if (row.account === account && (conversations === 'all' || conversations.includes(row.conversation))) disk.conversations.delete(at)
      }
    }),
    conversations: account => transaction(life, false, () => [...disk.conversations.values()].filter(row => row.account === account))
      .then(rows => rows.map(row => ({ ...row, data: JSON.parse(row.data) as unknown }))),
    putValue: (account, name, value) => {
      const copy = structuredClone(value)
      return transaction(life, true, () => void disk.values.set(key(account, name), copy))
    },
    value: (account, name) => transaction(life, false, () => disk.values.get(key(account, name))),
    values: (account, prefix) => transaction(life, false, () => [...disk.values]
      .filter(([at]) => at.startsWith(key(account, prefix)))
      .map(([at, value]) => ({ key: at.slice(account.length + 1), value }))),
    deleteValue: (account, name) => transaction(life, false, () => void disk.values.delete(key(account, name))),
    erase: account => transaction(life, false, () => {
      for (const [cid, op] of disk.ops) if (op.account === account) disk.ops.delete(cid)
      for (const at of disk.conversations.keys()) if (at.startsWith(key(account, ''))) disk.conversations.delete(at)
      for (const at of disk.values.keys()) if (at.startsWith(key(account, ''))) disk.values.delete(at)
    }),
    durable: true,
    onLost(listener) {
      owners.set(listener, life)
      return () => owners.delete(listener)
    },
    close: () => {},
  })

  const channel = (life: PageLife, name: string): TabChannel => {
    const seats = channels.get(name) ?? new Set()
    channels.set(name, seats)
    const seat = { life, listeners: new Set<(message: unknown) => void>() }
    seats.add(seat)
    return {
      post(message) {
        const copy = structuredClone(message)
        for (const other of seats) {
          if (other === seat) continue
          time.after(random.next() * 3, () => other.life.deliver(() => {
            for (const listener of other.listeners) listener(structuredClone(copy))
          }))
        }
      },
      on(listener) {
        seat.listeners.add(listener)
        return () => seat.listeners.delete(listener)
      },
      close: () => void seats.delete(seat),
    }
  }

  const device: Device = {
    storage,
    channel,
    failing: undefined,
    clockError: 0,
    ops: () => [...disk.ops.values()],
    get failures() { return failures },
    forget(life) {
      for (const [listener, owner] of owners) if (owner === life) owners.delete(listener)
      for (const seats of channels.values()) for (const seat of seats) if (seat.life === life) seats.delete(seat)
    },
    clear() {
      disk = emptyDisk()
      for (const [listener, life] of owners) life.deliver(() => listener('cleared'))
    },
  }
  return device
}
