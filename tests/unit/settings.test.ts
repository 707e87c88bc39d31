import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openDataFolder, sessionSecret, vapidSecret } from '#parley/server/config/data-folder.ts'
import { readSettings } from '#parley/server/config/settings.ts'

const defaults = {
  dataDir: '.data', databaseUrl: '', redisUrl: '', sessionPassword: '', allowedOrigins: '', registration: 'open', trustProxy: 'loopback',
  rateLimit: 20, maxConnections: 10_000, maxConnectionsPerUser: 20, maxConnectionsPerIp: 100, uploadLimit: 100, uploadQuota: 2_048, logLevel: 'info',
}

describe('settings', () => {
  test('the defaults are good', () => {
    expect(readSettings(defaults)).toMatchObject({ registration: 'open', allowedOrigins: [], rateLimit: 20, databaseUrl: '' })
    expect(readSettings({ ...defaults, allowedOrigins: 'https://a.example, http://localhost:5173' }).allowedOrigins).toEqual(['https://a.example', 'http://localhost:5173'])
  })

  test('sizes are in MiB, and a quota of 0 is none', () => {
    expect(readSettings(defaults)).toMatchObject({ uploadLimit: 104_857_600, uploadQuota: 2_147_483_648 })
    expect(readSettings({ ...defaults, uploadQuota: 0 }).uploadQuota).toBeUndefined()
  })

  test('the key for push services and who is behind it: checked, and a placeholder where nothing is said', () => {
    expect(readSettings(defaults)).toMatchObject({ vapidPrivateKey: '', vapidSubject: 'mailto:admin@parley.invalid', pushLoopback: false })
    expect(() => readSettings({ ...defaults, vapidPrivateKey: 'short' })).toThrow(/^NUXT_VAPID_PRIVATE_KEY: /)
    expect(() => readSettings({ ...defaults, vapidSubject: 'me' })).toThrow(/^NUXT_VAPID_SUBJECT: /)
    expect(readSettings({ ...defaults, vapidSubject: 'https://chat.example', pushLoopback: true })).toMatchObject({ vapidSubject: 'https://chat.example', pushLoopback: true })
  })

  test.each([
    ['databaseUrl', 'postgres//nohost', 'NUXT_DATABASE_URL'],
    ['databaseUrl', 'mysql://host/db', 'NUXT_DATABASE_URL'],
    ['redisUrl', 'localhost:6379', 'NUXT_REDIS_URL'],
    ['sessionPassword', 'too short', 'NUXT_SESSION_PASSWORD'],
    ['sessionPassword', 'x'.repeat(40), 'NUXT_SESSION_PASSWORD'],
    ['sessionPassword', 'change-me-to-a-long-random-text-of-32', 'NUXT_SESSION_PASSWORD'],
    ['allowedOrigins', 'https://a.example/', 'NUXT_ALLOWED_ORIGINS'],
    ['allowedOrigins', '*', 'NUXT_ALLOWED_ORIGINS'],
    ['registration', 'maybe', 'NUXT_REGISTRATION'],
    ['trustProxy', 'everyone', 'NUXT_TRUST_PROXY'],
    ['rateLimit', 'fast', 'NUXT_RATE_LIMIT'],
    ['rateLimit', -1, 'NUXT_RATE_LIMIT'],
    ['maxConnections', 0, 'NUXT_MAX_CONNECTIONS'],
    ['maxConnectionsPerUser', 1.5, 'NUXT_MAX_CONNECTIONS_PER_USER'],
    ['uploadLimit', 0, 'NUXT_UPLOAD_LIMIT'],
    ['uploadQuota', -1, 'NUXT_UPLOAD_QUOTA'],
    ['logLevel', 'loud', 'NUXT_LOG_LEVEL'],
    ['logFormat', 'xml', 'NUXT_LOG_FORMAT'],
    ['metricsToken', 'short', 'NUXT_METRICS_TOKEN'],
    ['metricsToken', 'sixteen letters and a blank', 'NUXT_METRICS_TOKEN'],
  ])('%s = %s names %s in one line', (key, value, variable) => {
    const read = () => readSettings({ ...defaults, [key]: value })
    expect(read).toThrow(new RegExp(`^${variable}: [^\\n]+$`))
  })

  test('files lie in the data folder, or with all of its settings in an S3-compatible storage', () => {
    expect(readSettings(defaults).s3).toBeUndefined()
    const s3 = { s3Endpoint: 'https://s3.example.com', s3Bucket: 'chat', s3Region: '', s3AccessKeyId: 'key', s3SecretAccessKey: 'geheim', s3Prefix: '/a/b/' }
    expect(readSettings({ ...defaults, ...s3 }).s3).toEqual({
      endpoint: 'https://s3.example.com', bucket: 'chat', region: 'us-east-1', accessKeyId: 'key', secretAccessKey: 'geheim', prefix: 'a/b/',
    })
    for (const [key, value, variable] of [
      ['s3Bucket', '', 'NUXT_S3_BUCKET'], ['s3SecretAccessKey', '', 'NUXT_S3_SECRET_ACCESS_KEY'], ['s3Endpoint', 'https://s3.example.com/chat', 'NUXT_S3_ENDPOINT'],
      ['s3Endpoint', 'ftp://x', 'NUXT_S3_ENDPOINT'], ['s3Bucket', 'a/b', 'NUXT_S3_BUCKET'], ['s3Prefix', 'a/../b', 'NUXT_S3_PREFIX'], ['uploadLimit', 6_000, 'NUXT_UPLOAD_LIMIT'],
    ]) expect(() => readSettings({ ...defaults, ...s3, [String(key)]: value })).toThrow(new RegExp(`^${variable}: (?!.*geheim)[^\\n]+$`))
  })

  test('[A6] a malformed address with a password in it is not repeated', () => {
    expect(() => readSettings({ ...defaults, databaseUrl: 'postgress://me:geheim@host/db' })).toThrow(/^(?!.*geheim)/)
  })
})

describe('data folder', () => {
  function folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'parley-unit-'))
    onTestFinished(() => rmSync(path, { recursive: true, force: true }))
    return path
  }

  test('the session secret is made once, for its owner only', () => {
    const path = folder()
    const secret = sessionSecret(path)
    expect(secret.length).toBeGreaterThanOrEqual(32)
    expect(sessionSecret(path)).toBe(secret)
    expect(statSync(join(path, 'session-password')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(path, 'session-password'), 'utf8').trim()).toBe(secret)
  })

  test('so is the key for push services', () => {
    const path = folder()
    const key = vapidSecret(path)
    expect(key).toMatch(/^[\w-]{43}$/)
    expect(vapidSecret(path)).toBe(key)
    expect(statSync(join(path, 'vapid-private-key')).mode & 0o777).toBe(0o600)
    writeFileSync(join(path, 'vapid-private-key'), 'short\n')
    expect(() => vapidSecret(path)).toThrow('is damaged')
  })

  test('a damaged secret is refused, not used', () => {
    const path = folder()
    writeFileSync(join(path, 'session-password'), 'short\n')
    expect(() => sessionSecret(path)).toThrow('is damaged')
  })

  test('a folder that is a file, or may not be written, names the setting', () => {
    const path = folder()
    writeFileSync(join(path, 'file'), '')
    expect(() => openDataFolder(join(path, 'file'))).toThrow(/^NUXT_DATA_DIR: /)
    expect(() => openDataFolder(join(path, 'file', 'below'))).toThrow(/^NUXT_DATA_DIR: /)
    openDataFolder(join(path, 'new', 'deep'))
    expect(statSync(join(path, 'new', 'deep')).mode & 0o077).toBe(0)
    chmodSync(join(path, 'new', 'deep'), 0o700)
  })
})
