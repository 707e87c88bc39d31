import { foldText } from '#parley/shared/fold.ts'
import type { UserSummary } from '#parley/shared/model.ts'
import type { PeopleStore, ProfileChange, StoredAvatar } from '#parley/server/chat/people-port.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { userColumns, userOfRow, type UserRow } from '#parley/server/storage/sqlite/member-rows.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type ProfileStore = Pick<PeopleStore, 'saveProfile' | 'saveHidden' | 'blockedBy' | 'blockersOf' | 'addAvatar' | 'avatar'>

const unused = `
  not exists (select 1 from users u where u.avatar = a.id) and not exists (select 1 from conversations c where c.avatar = a.id)`

/** Forgets avatars that nobody uses; their files go with those of deleted messages. */
function forgetAvatars(database: SqliteDatabase, before: number): void {
  for (const { id, file } of database.all<{ id: string, file: string }>(`select id, file from avatars a where a.at < ? and ${unused}`, before)) {
    database.run('insert or ignore into erasable_files (id) values (?)', file)
    database.run('delete from avatars where id = ?', id)
  }
}

/** Forgets one avatar unless somebody else uses it; inside a transaction. */
export function releaseAvatar(database: SqliteDatabase, id: string | null): void {
  if (id === null) return
  const row = database.get<{ file: string }>(`select file from avatars a where a.id = ? and ${unused}`, id)
  if (!row) return
  database.run('insert or ignore into erasable_files (id) values (?)', row.file)
  database.run('delete from avatars where id = ?', id)
}

function saveProfile(database: SqliteDatabase, user: string, { displayName, avatar, status }: ProfileChange): UserSummary | undefined {
  const before = database.get<{ num: number, avatar: string | null }>('select num, avatar from users where id = ? and deleted_at is null', user)
  if (!before) return undefined
  const unknown = typeof avatar === 'string' && !database.get('select 1 from avatars where id = ?', avatar)
  if (unknown) return undefined
  if (displayName !== undefined) database.run('update users set display_name = ?, display_key = ? where num = ?', displayName, foldText(displayName), before.num)
  if (status !== undefined) database.run('update users set status = ? where num = ?', status === null ? null : JSON.stringify(status), before.num)
  if (avatar !== undefined && avatar !== before.avatar) {
    database.run('update users set avatar = ? where num = ?', avatar, before.num)
    releaseAvatar(database, before.avatar)
  }
  const row = database.get<UserRow>(`select ${userColumns} from users u where u.num = ?`, before.num)
  return row && userOfRow(row)
}

function addAvatar(database: SqliteDatabase, { id, file, mime, size }: StoredAvatar, at: number, unusedSince: number): string {
  forgetAvatars(database, unusedSince)
  database.run('insert into avatars (id, file, mime, size, at) values (?, ?, ?, ?, ?) on conflict do update set at = max(at, excluded.at)', id, file, mime, size, at)
  return database.get<{ file: string }>('select file from avatars where id = ?', id)!.file
}

export function createSqliteProfiles(database: SqliteDatabase, writes: WriteQueue): ProfileStore {
  return {
    saveProfile: (user, change) => writes.run(() => saveProfile(database, user, change)),
    saveHidden: (user, { reads, presence }) => writes.run(() => {
      database.run('update users set hides_reads = ?, hides_presence = ? where id = ?', Number(reads ?? 0), Number(presence ?? 0), user)
      if (presence) database.run('update users set last_seen = null where id = ?', user)
    }),
    blockedBy: async user => database.read(() => database.all<UserRow>(`
      select ${userColumns} from blocks b join users u on u.num = b.blocked where b.user = (select num from users where id = ?)`, user)
      .map(userOfRow).toSorted((left, right) => left.displayName.localeCompare(right.displayName))),
    blockersOf: async (user, others) => database.read(() => database.all<{ id: string }>(`
      select u.id from json_each(?) o join users u on u.id = o.value
        where exists (select 1 from blocks b where b.user = u.num and b.blocked = (select num from users where id = ?))`, JSON.stringify(others), user)
      .map(({ id }) => id)),
    addAvatar: (avatar, at, unusedSince) => writes.run(() => addAvatar(database, avatar, at, unusedSince)),
    avatar: async id => database.read(() => {
      const row = database.get<StoredAvatar & Record<string, string | number>>('select id, file, mime, size from avatars where id = ?', id)
      return row && { id: row.id, file: row.file, mime: row.mime, size: row.size }
    }),
  }
}
