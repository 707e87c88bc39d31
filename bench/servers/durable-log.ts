import { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '#parley/bench/servers/rooms.ts'

export interface NewMessage { cid: string, sender: string, user: number, text: string }

/** Takes messages of many rooms and answers when they are on disk. */
export interface DurableLog {
  append(room: number, message: NewMessage, done: (event: StoredEvent) => void): void
  after(room: number, seq: number, limit: number): StoredEvent[]
  before(room: number, seq: number, limit: number): StoredEvent[]
  head(room: number): number
}

const span = 2 ** 30
const bytesOf = (cid: string): Buffer => Buffer.from(cid.replaceAll('-', ''), 'hex')
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

type Row = { key: number, cid: Uint8Array, sender: string, at: number, body: string }

const toEvent = ({ key, cid, sender, at, body }: Row): StoredEvent =>
  ({ seq: key % span, kind: 'message', cid: textOf(cid), sender, at, content: { type: 'text', text: body } })

/** The tables with the same settings as Parley's: WAL, FULL, checkpoints of 4,000 pages, rows clustered by room and seq, small index of cids. */
function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  database.exec(`
    pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 0; pragma secure_delete = on;
    pragma wal_autocheckpoint = 4000; pragma journal_size_limit = 67108864; pragma cache_size = -65536;
    create table if not exists messages (key integer primary key, cid blob not null, sender text not null, at integer not null, body text not null) strict;
    create table if not exists ops (user integer not null, cid blob not null, key integer not null, primary key (user, cid)) strict, without rowid;`)
  return database
}

/**
 * @param grouped false: a commit for each message, as its tutorial does; true: all messages of one turn of the loop share one
 */
export function openDurableLog(path: string, grouped: boolean): DurableLog {
  const database = open(path)
  const insert = database.prepare('insert into messages (key, cid, sender, at, body) values (?, ?, ?, ?, ?)')
  const known = database.prepare('select m.key, m.cid, m.sender, m.at, m.body from ops o join messages m on m.key = o.key where o.user = ? and o.cid = ?')
  const note = database.prepare('insert into ops (user, cid, key) values (?, ?, ?)')
  const later = database.prepare('select key, cid, sender, at, body from messages where key > ? and key < ? order by key limit ?')
  const earlier = database.prepare('select key, cid, sender, at, body from messages where key > ? and key < ? order by key desc limit ?')
  const [begin, commit] = [database.prepare('begin immediate'), database.prepare('commit')]
  const top = database.prepare('select max(key) as key from messages where key < ? and key >= ?')
  const heads = new Map<number, number>()

  const head = (room: number): number => {
    let value = heads.get(room)
    if (value === undefined) {
      const { key } = top.get((room + 1) * span, room * span) as { key: number | null }
      value = key === null ? 0 : key % span
      heads.set(room, value)
    }
    return value
  }

  function write(room: number, { cid, sender, user, text }: NewMessage): StoredEvent {
    const bytes = bytesOf(cid)
    const duplicate = known.get(user, bytes) as Row | undefined
    if (duplicate) return toEvent(duplicate)
    const event: StoredEvent = { seq: head(room) + 1, kind: 'message', cid, sender, at: Date.now(), content: { type: 'text', text } }
    insert.run(room * span + event.seq, bytes, sender, event.at, text)
    note.run(user, bytes, room * span + event.seq)
    heads.set(room, event.seq)
    return event
  }

  let waiting: { room: number, message: NewMessage, done: (event: StoredEvent) => void }[] = []
  function flush(): void {
    const batch = waiting
    waiting = []
    begin.run()
    const events = batch.map(({ room, message }) => write(room, message))
    commit.run()
    batch.forEach(({ done }, index) => done(events[index]!))
  }

  return {
    head,
    append(room, message, done) {
      if (waiting.push({ room, message, done }) > 1) return
      if (grouped) setImmediate(flush)
      else flush()
    },
    after: (room, seq, limit) => (later.all(room * span + seq, (room + 1) * span, limit) as Row[]).map(toEvent),
    before: (room, seq, limit) => (earlier.all(room * span, room * span + seq, limit) as Row[]).map(toEvent).reverse(),
  }
}
