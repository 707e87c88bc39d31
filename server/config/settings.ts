import { resolve } from 'node:path'
import { parseProxyTrust } from '#parley/server/auth/client-address.ts'
import { isVapidKey } from '#parley/server/push/vapid.ts'
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
  /** Where the bytes of files lie; undefined: in the data folder. */
  s3: S3Settings | undefined
  /** Empty: made on first run and kept in the data folder. */
  vapidPrivateKey: string
  /** `mailto:` or `https:` of whoever runs this server, for push services. */
  vapidSubject: string
  /** For tests: push services on this machine, also over http. */
  pushLoopback: boolean
  logLevel: LogLevel
  /** Undefined: JSON in a build, readable in development. */
  logFormat: LogFormat | undefined
  /** Who knows it may read /metrics from anywhere; empty: only this machine may. */
  metricsToken: string
}

/** A bucket of an S3-compatible storage, and where in it. */
export interface S3Settings {
  /** Origin, `https://host[:port]`. */
  endpoint: string
  bucket: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  /** Empty or ends with a slash. */
  prefix: string
}

const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

const logFormats = ['json', 'text'] as const
export type LogFormat = (typeof logFormats)[number]

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

/** What stands in examples, or was typed to have something there, seals nothing: everybody can make a cookie with it (X36). */
const isPlaceholder = (secret: string): boolean => new Set(secret).size < 8 || /change.?me|change.?this|replace.?(me|this|with)|example|placeholder|default|your.?(secret|password)/i.test(secret)

function password(raw: Record<string, unknown>): string {
  const value = text(raw['sessionPassword'])
  if (value !== '' && value.length < 32) throw new SettingError(variableOf('sessionPassword'), 'must have at least 32 characters; leave it out to have one made')
  if (value !== '' && isPlaceholder(value)) throw new SettingError(variableOf('sessionPassword'), 'is not a secret but looks like an example; leave it out to have one made')
  return value
}

function metricsToken(raw: Record<string, unknown>): string {
  const value = text(raw['metricsToken'])
  if (value !== '' && !/^[\w.~+/-]{16,}=*$/.test(value)) throw new SettingError(variableOf('metricsToken'), 'needs at least 16 letters and digits; leave it out to let only this machine read /metrics')
  return value
}

/** What one request can put into an S3-compatible storage (MiB). */
const s3Largest = 5 * 1024

/** All of it or nothing of it: half a setting is a mistake, and the files would go where nobody looks for them. Values are not repeated (A6). */
function s3(raw: Record<string, unknown>): S3Settings | undefined {
  const needed = ['s3Endpoint', 's3Bucket', 's3AccessKeyId', 's3SecretAccessKey'] as const
  const [endpoint = '', bucket = '', accessKeyId = '', secretAccessKey = ''] = needed.map(key => text(raw[key]))
  if ([endpoint, bucket, accessKeyId, secretAccessKey].every(value => value === '')) return undefined
  for (const key of needed) if (text(raw[key]) === '') throw new SettingError(variableOf(key), 'is missing, though others of NUXT_S3_… are set')
  const { origin, pathname } = new URL(url(raw, 's3Endpoint', ['https:', 'http:']))
  if (pathname !== '/') throw new SettingError('NUXT_S3_ENDPOINT', 'has a path; the bucket belongs into NUXT_S3_BUCKET')
  if (!/^[\w.-]{3,63}$/.test(bucket)) throw new SettingError('NUXT_S3_BUCKET', 'is no name of a bucket')
  const prefix = text(raw['s3Prefix']).replace(/^\/+|\/+$/g, '')
  if (!/^[\w./-]*$/.test(prefix) || prefix.split('/').some(part => /^\.{0,2}$/.test(part) && prefix !== '')) throw new SettingError('NUXT_S3_PREFIX', 'may hold letters, digits, "_", ".", "-" and "/"')
  if (whole(raw, 'uploadLimit', 1) > s3Largest) throw new SettingError('NUXT_UPLOAD_LIMIT', `at most ${s3Largest} with files in an S3-compatible storage`)
  return { endpoint: origin, bucket, accessKeyId, secretAccessKey, region: text(raw['s3Region']) || 'us-east-1', prefix: prefix === '' ? '' : `${prefix}/` }
}

function vapidKey(raw: Record<string, unknown>): string {
  const value = text(raw['vapidPrivateKey'])
  if (value !== '' && !isVapidKey(value)) throw new SettingError(variableOf('vapidPrivateKey'), 'not a private key of 32 bytes in base64url; leave it out to have one made')
  return value
}

/** Push services want to know whom to write to; some refuse a name that cannot be one. */
function vapidSubject(raw: Record<string, unknown>): string {
  const value = text(raw['vapidSubject']) || 'mailto:admin@parley.invalid'
  if (!/^mailto:.+@.+$|^https:\/\//.test(value) || !URL.canParse(value)) throw new SettingError(variableOf('vapidSubject'), `"${value}" is neither mailto:you@example.com nor an https address`)
  return value
}

/** Where a server keeps what it has; all that the command line needs to know of it. */
export type Places = Pick<Settings, 'dataDir' | 'databaseUrl' | 's3'>

/** @throws SettingError */
export function readPlaces(raw: Record<string, unknown>): Places {
  return { dataDir: resolve(text(raw['dataDir']) || '.data'), databaseUrl: url(raw, 'databaseUrl', ['postgres:', 'postgresql:']), s3: s3(raw) }
}

/**
 * @param raw Nuxt's runtime config
 * @throws SettingError
 */
export function readSettings(raw: Record<string, unknown>): Settings {
  return {
    ...readPlaces(raw),
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
    vapidPrivateKey: vapidKey(raw),
    vapidSubject: vapidSubject(raw),
    pushLoopback: text(raw['pushLoopback']) === 'true',
    logLevel: oneOf(raw, 'logLevel', logLevels),
    logFormat: text(raw['logFormat']) === '' ? undefined : oneOf(raw, 'logFormat', logFormats),
    metricsToken: metricsToken(raw),
  }
}
