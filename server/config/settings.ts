import { isAbsolute, resolve } from 'node:path'
import { parseProxyTrust } from '#parley/server/auth/client-address.ts'
import type { ProxyTrust } from '#parley/server/auth/client-address.ts'

/** The settings of docs/ARCHITECTURE.md 8, checked. */
export interface Settings {
  /** Absolute path. */
  dataDir: string
  /** Empty: the SQLite file in the data folder. */
  databaseUrl: string
  /** Empty: this process is the only node. */
  redisUrl: string
  /** Empty: made on first run and kept in the data folder. */
  sessionPassword: string
  allowedOrigins: string[]
  registration: 'open' | 'invite' | 'closed'
  trust: ProxyTrust
  /** Ops per second and user; 0 = no limit (L4). */
  rateLimit: number
  maxConnections: number
  maxConnectionsPerUser: number
  maxConnectionsPerIp: number
  /** Bytes of one file. */
  uploadLimit: number
  /** Bytes of all files of one user; undefined = no limit. */
  uploadQuota: number | undefined
  logLevel: LogLevel
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** A setting that cannot be used. The message is one line and names the variable. */
export class SettingError extends Error {
  constructor(variable: string, fault: string) {
    super(`${variable}: ${fault}`)
    this.name = 'SettingError'
  }
}

/** Sizes are set in these. */
const mebibyte = 1024 * 1024

const variableOf = (key: string): string => `NUXT_${key.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`

/** Environment variables that look like numbers arrive as numbers. */
const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value)).trim()

function whole(raw: Record<string, unknown>, key: string, least: number): number {
  const value = Number(text(raw[key]) === '' ? Number.NaN : raw[key])
  if (!Number.isSafeInteger(value) || value < least) throw new SettingError(variableOf(key), `"${text(raw[key])}" is not a whole number of at least ${least}`)
  return value
}

function oneOf<const T extends string>(raw: Record<string, unknown>, key: string, choices: readonly T[]): T {
  const value = text(raw[key])
  const choice = choices.find(item => item === value)
  if (choice === undefined) throw new SettingError(variableOf(key), `"${value}" is none of ${choices.join(', ')}`)
  return choice
}

/** The URL is not repeated in the message: it may hold a password (A6). */
function url(raw: Record<string, unknown>, key: string, protocols: readonly string[]): string {
  const value = text(raw[key])
  if (value === '') return value
  const protocol = URL.canParse(value) ? new URL(value).protocol : undefined
  if (protocol === undefined || !protocols.includes(protocol)) {
    throw new SettingError(variableOf(key), `not a URL that starts with ${protocols.map(item => `${item}//`).join(' or ')}`)
  }
  return value
}

function origins(raw: Record<string, unknown>): string[] {
  const items = text(raw['allowedOrigins']).split(',').map(item => item.trim()).filter(item => item !== '')
  for (const item of items) {
    if (!/^https?:\/\//.test(item) || !URL.canParse(item) || new URL(item).origin !== item) {
      throw new SettingError(variableOf('allowedOrigins'), `"${item}" is not an origin such as https://chat.example.com`)
    }
  }
  return items
}

function trust(raw: Record<string, unknown>): ProxyTrust {
  try {
    return parseProxyTrust(text(raw['trustProxy']))
  }
  catch (error) {
    throw new SettingError(variableOf('trustProxy'), error instanceof Error ? error.message : 'malformed')
  }
}

function password(raw: Record<string, unknown>): string {
  const value = text(raw['sessionPassword'])
  if (value !== '' && value.length < 32) throw new SettingError(variableOf('sessionPassword'), 'must have at least 32 characters; leave it out to have one made')
  return value
}

/**
 * @param raw Nuxt's runtime config
 * @throws SettingError
 */
export function readSettings(raw: Record<string, unknown>): Settings {
  const dataDir = text(raw['dataDir']) || '.data'
  return {
    dataDir: isAbsolute(dataDir) ? dataDir : resolve(dataDir),
    databaseUrl: url(raw, 'databaseUrl', ['postgres:', 'postgresql:']),
    redisUrl: url(raw, 'redisUrl', ['redis:', 'rediss:']),
    sessionPassword: password(raw),
    allowedOrigins: origins(raw),
    registration: oneOf(raw, 'registration', ['open', 'invite', 'closed']),
    trust: trust(raw),
    rateLimit: whole(raw, 'rateLimit', 0),
    maxConnections: whole(raw, 'maxConnections', 1),
    maxConnectionsPerUser: whole(raw, 'maxConnectionsPerUser', 1),
    maxConnectionsPerIp: whole(raw, 'maxConnectionsPerIp', 1),
    uploadLimit: whole(raw, 'uploadLimit', 1) * mebibyte,
    uploadQuota: whole(raw, 'uploadQuota', 0) * mebibyte || undefined,
    logLevel: oneOf(raw, 'logLevel', logLevels),
  }
}
