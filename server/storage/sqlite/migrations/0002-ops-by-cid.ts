import { sql, type Kysely } from 'kysely'

/**
 * The cid comes first in the key of the ops, not the sender: cids of one moment share their first bytes (UUIDv7), so that what a commit
 * brings stands on a few pages. By sender, every op of a busy server touched a page of its own, and each page goes through the
 * write-ahead log whole. Nothing depends on the order (R4): random cids cost what they did.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    sql`create table ops_by_cid (
      cid blob not null, sender integer not null, key integer not null, digest blob, primary key (cid, sender)) strict, without rowid`,
    sql`insert into ops_by_cid (cid, sender, key, digest) select cid, sender, key, digest from ops order by cid, sender`,
    sql`drop table ops`,
    sql`alter table ops_by_cid rename to ops`,
  ]) await statement.execute(db)
}
