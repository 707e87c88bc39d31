import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'

const recordSchema = v.object({ madeAt: v.number(), file: v.string(), bytes: v.number() })

/** The newest backup that was made of a data folder and found good. */
export type BackupRecord = v.InferOutput<typeof recordSchema>

const recordName = 'last-backup.json'

/** Kept in the data folder, so that whoever watches the server can tell how old its newest backup is. */
export function writeBackupRecord(dataDir: string, record: BackupRecord): void {
  const draft = join(dataDir, `${recordName}.draft`)
  writeFileSync(draft, `${JSON.stringify(record)}\n`, { mode: 0o600 })
  renameSync(draft, join(dataDir, recordName))
}

/** Undefined: no backup was ever made of it, or what is said of it cannot be read. */
export function readBackupRecord(dataDir: string): BackupRecord | undefined {
  try {
    const parsed = v.safeParse(recordSchema, JSON.parse(readFileSync(join(dataDir, recordName), 'utf8')))
    return parsed.success ? parsed.output : undefined
  }
  catch {
    return undefined
  }
}
