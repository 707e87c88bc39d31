import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, ok, warning } from '#parley/cli/doctor/finding.ts'
import type { Finding } from '#parley/cli/doctor/finding.ts'
import { reasonOf } from '#parley/cli/doctor/http-probe.ts'
import { readBackupRecord } from '#parley/server/config/backup-record.ts'

const gibibyte = 1024 ** 3
const mebibyte = 1024 ** 2
const hour = 3_600_000

/** Free space below which a write may fail tonight, and below which it is time to act. */
const space = { fault: 256 * mebibyte, warning: 2 * gibibyte }
/** A backup older than this is one that was missed; older than a week, one that nobody makes. */
const age = { warning: 26 * hour, fault: 7 * 24 * hour }

const secrets = ['session-password', 'vapid-private-key', 'second-factor-key']

/** @param free bytes that the server may still write */
export function spaceFinding(free: number, total: number): Finding {
  const told = `${(free / gibibyte).toFixed(1)} GiB of ${(total / gibibyte).toFixed(1)} GiB are free where the data lies`
  if (free < space.fault) return fault('host', `${told}: the server is about to take no more messages`)
  return free < space.warning ? warning('host', told) : ok('host', told)
}

/** @param made ms since 1970 of the newest backup; undefined: there is none */
export function backupFinding(made: number | undefined, now: number): Finding {
  if (made === undefined) return fault('host', 'no backup was ever made of this folder', 'backup')
  const hours = Math.round((now - made) / hour)
  const told = `the newest backup is ${hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`} old`
  if (now - made > age.fault) return fault('host', told, 'backup')
  return now - made > age.warning ? warning('host', told, 'backup') : ok('host', told)
}

async function modeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mode
}

async function folderFindings(data: string): Promise<Finding[]> {
  const findings: Finding[] = []
  const mode = await modeOf(data)
  if (mode !== undefined && (mode & 0o007) !== 0) findings.push(warning('host', `other users of this machine may enter ${data}`, 'folder'))
  const open: string[] = []
  for (const name of secrets) {
    const secret = await modeOf(join(data, name))
    if (secret !== undefined && (secret & 0o077) !== 0) open.push(name)
  }
  if (open.length > 0) findings.push(fault('host', `others may read ${open.join(' and ')}: whoever reads it can forge logins, pushes or codes`, 'secrets'))
  if (await modeOf(join(data, 'parley.db')) === undefined) findings.push(fault('host', `there is no database in ${data}: is this the folder of NUXT_DATA_DIR?`))
  return findings.length > 0 ? findings : [ok('host', 'the data folder is closed to others')]
}

/** Disk, rights, secrets and backups of a data folder on this machine. */
export async function checkData(data: string, now: number): Promise<Finding[]> {
  try {
    await access(data, constants.R_OK | constants.X_OK)
    const { bavail, blocks, bsize } = await statfs(data)
    return [spaceFinding(bavail * bsize, blocks * bsize), ...await folderFindings(data), backupFinding(readBackupRecord(data)?.madeAt, now)]
  }
  catch (error) {
    return [fault('host', `the data folder ${data} cannot be read (${reasonOf(error)}): run this as the server's user, or correct the path`, 'folder')]
  }
}
