import type { AccountStore, GuestPromotion } from '#parley/server/auth/ports.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { readInvite, useInvite } from '#parley/server/storage/sqlite/invites.ts'
import { userColumns, userOfRow } from '#parley/server/storage/sqlite/member-rows.ts'
import { isTaken, stateColumns, type StateRow } from '#parley/server/storage/sqlite/users.ts'
import type { WriteQueue } from '#parley/server/storage/sqlite/write-queue.ts'

type GuestStore = Pick<AccountStore, 'promoteGuest' | 'absentGuests'>

export function createSqliteGuests(database: SqliteDatabase, writes: WriteQueue): GuestStore {
  function promote(id: string, { username, usernameKey, passwordHash, at, invite: hash }: GuestPromotion): Awaited<ReturnType<GuestStore['promoteGuest']>> {
    const guest = database.get<StateRow & { num: number }>(`select u.num, ${userColumns}, ${stateColumns} from users u where u.id = ? and u.guest = 1`, id)
    if (!guest) return { ok: false, code: 'not_found' }
    if (isTaken(database, usernameKey)) return { ok: false, code: 'username_taken' }
    const invite = hash === undefined ? undefined : readInvite(database, hash, at, id)
    if (hash !== undefined && invite?.registers !== 1) return { ok: false, code: 'invite_required' }
    database.run('update users set username = ?, username_key = ?, password_hash = ?, guest = 0 where num = ?', username, usernameKey, passwordHash, guest.num)
    if (invite) useInvite(database, invite.num, guest.num, invite.conversation === null)
    return { ok: true, account: { ...userOfRow({ ...guest, username, guest: 0 }), role: guest.role } }
  }

  return {
    promoteGuest: (user, promotion) => writes.run(() => promote(user, promotion)),
    absentGuests: async (before, limit) => database.read(() => database.all<{ id: string }>(`
      select u.id from users u where u.guest = 1 and u.created_at < ? and coalesce(u.last_seen, 0) < ?
          and not exists (select 1 from logins l where l.user = u.num and l.last_seen_at >= ?) order by u.num limit ?`, before, before, before, limit)).map(({ id }) => id),
  }
}
