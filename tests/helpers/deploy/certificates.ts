import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findProgram } from '#parley/tests/helpers/deploy/programs.ts'

const run = promisify(execFile)

export interface Certificate {
  /** Paths of PEM files. */
  certificate: string
  key: string
}

export interface Authority {
  /** Path and text of its own certificate. */
  path: string
  pem: string
  /** A certificate for this name, good for these days; a negative number makes one that has expired. */
  issue(name: string, days?: number): Promise<Certificate>
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** A private authority, as a company has one. */
export async function createAuthority(folder: string): Promise<Authority> {
  const openssl = findProgram('openssl') ?? 'openssl'
  const [path, key] = [join(folder, 'authority.pem'), join(folder, 'authority.key')]
  await run(openssl, ['req', '-x509', ...newKey, '-keyout', key, '-out', path, '-days', '30', '-subj', '/CN=Test authority'])
  return {
    path,
    pem: await readFile(path, 'utf8'),
    async issue(name, days = 90) {
      const base = join(folder, `${name}.${days}`)
      const extensions = `${base}.ext`
      await writeFile(extensions, `subjectAltName=DNS:${name}\n`)
      await run(openssl, ['req', ...newKey, '-keyout', `${base}.key`, '-out', `${base}.csr`, '-subj', `/CN=${name}`])
      await run(openssl, ['x509', '-req', '-in', `${base}.csr`, '-CA', path, '-CAkey', key, '-out', `${base}.pem`, '-days', String(days), '-extfile', extensions])
      return { certificate: `${base}.pem`, key: `${base}.key` }
    },
  }
}
