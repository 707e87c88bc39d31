import type { PasskeyRecord, SecondFactorStore, TotpRecord } from '#parley/server/auth/second-factor-port.ts'
import { writeAudit } from '#parley/server/storage/sqlite/audit-rows.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { ownerColumns, ownerOfRow, type OwnerRow } from '#parley/server/storage/sqlite/logins.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type PasskeyStore = Pick<SecondFactorStore, 'addPasskey' | 'passkeysOf' | 'passkey' | 'usePasskey' | 'renamePasskey' | 'removePasskey'>
type TotpStore = Omit<SecondFactorStore, keyof PasskeyStore>

/** Number of a user by id. */
const userNum = '(select num from users where id = ?)'

type PasskeyRow = { id: string, user: string, rpId: string, name: string, publicKey: string, counter: number, transports: string, createdAt: number, lastUsedAt: number | null }

const columns = `p.id, u.id as user, p.rp_id as rpId, p.name, p.public_key as publicKey, p.counter, p.transports, p.created_at as createdAt,
  p.last_used_at as lastUsedAt`
const passkeys = 'from passkeys p join users u on u.num = p.user'

const toPasskey = ({ id, user, rpId, name, publicKey, counter, transports, createdAt, lastUsedAt }: PasskeyRow): PasskeyRecord => ({
  id, user, rpId, name, publicKey, counter, transports: JSON.parse(transports) as string[], createdAt, ...(lastUsedAt === null ? {} : { lastUsedAt }),
})

function addPasskey(database: SqliteDatabase, passkey: PasskeyRecord, limit: number): 'added' | 'taken' | 'full' {
  const { id, user, rpId, name, publicKey, counter, transports, createdAt } = passkey
  const owner = database.get<{ num: number }>('select num from users where id = ? and deleted_at is null', user)
  if (!owner || database.get('select 1 from passkeys where id = ?', id)) return 'taken'
  const { count } = database.get<{ count: number }>('select count(*) as count from passkeys where user = ?', owner.num)!
  if (count >= limit) return 'full'
  database.run('insert into passkeys (id, user, rp_id, name, public_key, counter, transports, created_at) values (?, ?, ?, ?, ?, ?, ?, ?)',
    id, owner.num, rpId, name, publicKey, counter, JSON.stringify(transports), createdAt)
  return 'added'
}

export function createSqlitePasskeys(database: SqliteDatabase, writes: WriteQueue): PasskeyStore {
  return {
    addPasskey: (passkey, limit) => writes.run(() => addPasskey(database, passkey, limit)),
    passkeysOf: async user => database.read(() =>
      database.all<PasskeyRow>(`select ${columns} ${passkeys} where p.user = ${userNum} order by p.created_at, p.id`, user)).map(toPasskey),
    async passkey(id) {
      const row = database.read(() => database.get<PasskeyRow & OwnerRow>(`select ${ownerColumns}, ${columns} ${passkeys} where p.id = ?`, id))
      return row && { passkey: toPasskey(row), user: ownerOfRow(row) }
    },
    usePasskey: (id, counter, at) => writes.run(() => database.run(`
      update passkeys set counter = ?, last_used_at = ? where id = ? and (counter < ? or (counter = 0 and ? = 0))`, counter, at, id, counter, counter).changes > 0),
    renamePasskey: (user, id, name) => writes.run(() => database.run(`update passkeys set name = ? where id = ? and user = ${userNum}`, name, id, user).changes > 0),
    removePasskey: (user, id) => writes.run(() => database.run(`delete from passkeys where id = ? and user = ${userNum}`, id, user).changes > 0),
  }
}

type TotpRow = { [field in keyof TotpRecord]: TotpRecord[field] }

function writeCodes(database: SqliteDatabase, user: string, hashes: readonly string[]): void {
  database.run(`delete from recovery_codes where user = ${userNum}`, user)
  for (const hash of hashes) database.run('insert into recovery_codes (user, hash) select num, ? from users where id = ?', hash, user)
}

function removeTotp(database: SqliteDatabase, user: string): boolean {
  database.run(`delete from recovery_codes where user = ${userNum}`, user)
  return database.run(`delete from totp where user = ${userNum}`, user).changes > 0
}

export function createSqliteTotp(database: SqliteDatabase, writes: WriteQueue): TotpStore {
  return {
    async totp(user) {
      const row = database.read(() => database.get<TotpRow>(`
        select secret as sealedSecret, last_step as lastStep, created_at as createdAt, (select count(*) from recovery_codes r where r.user = t.user) as codesLeft
          from totp t where t.user = ${userNum}`, user))
      return row && { ...row }
    },
    addTotp: (user, { sealedSecret, lastStep, createdAt }, codeHashes) => writes.run(() => {
      const { changes } = database.run(`
        insert or ignore into totp (user, secret, last_step, created_at) select num, ?, ?, ? from users where id = ? and deleted_at is null`,
      sealedSecret, lastStep, createdAt, user)
      if (changes > 0) writeCodes(database, user, codeHashes)
      return changes > 0
    }),
    useTotpStep: (user, step) => writes.run(() => database.run(`update totp set last_step = ? where user = ${userNum} and last_step < ?`, step, user, step).changes > 0),
    useRecoveryCode: (user, hash) => writes.run(() => database.run(`delete from recovery_codes where user = ${userNum} and hash = ?`, user, hash).changes > 0),
    replaceRecoveryCodes: (user, hashes) => writes.run(() => {
      if (!database.get(`select 1 from totp where user = ${userNum}`, user)) return false
      writeCodes(database, user, hashes)
      return true
    }),
    removeTotp: user => writes.run(() => removeTotp(database, user)),
    clearSecondFactor: (user, audit) => writes.run(() => {
      if (!database.get('select 1 from users where id = ? and deleted_at is null', user)) return false
      removeTotp(database, user)
      database.run(`delete from passkeys where user = ${userNum}`, user)
      writeAudit(database, audit)
      return true
    }),
  }
}
