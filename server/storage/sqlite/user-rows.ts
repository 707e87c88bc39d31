import type { UserSummary } from '#parley/shared/model.ts'
import type { SqliteDatabase } from '#parley/server/storage/sqlite/database.ts'
import { userOfRow, type UserRow } from '#parley/server/storage/sqlite/member-rows.ts'

const unknown: UserSummary = { id: '', username: '', displayName: '' }

/** Who stands behind row numbers of users, for lists that name many; inside a snapshot. */
export function createUserNames(database: SqliteDatabase): (num: number) => UserSummary {
  const found = new Map<number, UserSummary>()
  return (num) => {
    let user = found.get(num)
    if (!user) {
      const row = database.get<UserRow>('select * from users where num = ?', num)
      user = row ? userOfRow(row) : unknown
      found.set(num, user)
    }
    return user
  }
}
