import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createAdministration } from '#parley/server/administration/administration.ts'
import { createServerSettings } from '#parley/server/administration/server-settings.ts'
import { Attachments } from '#parley/server/attachments/attachments.ts'
import { Avatars } from '#parley/server/attachments/avatars.ts'
import { openDiskFiles } from '#parley/server/attachments/disk-files.ts'
import { openS3Files } from '#parley/server/attachments/s3-files.ts'
import type { FileStore } from '#parley/server/attachments/ports.ts'
import { createAccounts } from '#parley/server/auth/accounts.ts'
import { createApiTokens } from '#parley/server/auth/api-tokens.ts'
import { createAuthenticator } from '#parley/server/auth/authenticator.ts'
import { createFarewells } from '#parley/server/auth/farewells.ts'
import { createInvites } from '#parley/server/auth/invites.ts'
import { createLoginSessions } from '#parley/server/auth/login-sessions.ts'
import { createLoginWatch } from '#parley/server/auth/login-watch.ts'
import { createPasskeys } from '#parley/server/auth/passkeys.ts'
import { boundHasher } from '#parley/server/auth/bounded-hasher.ts'
import { createPasswords } from '#parley/server/auth/passwords.ts'
import type { AccountStore } from '#parley/server/auth/ports.ts'
import { createRateLimiter } from '#parley/server/auth/rate-limiter.ts'
import { createSealedSecrets } from '#parley/server/auth/sealed-secrets.ts'
import { createSecondFactor } from '#parley/server/auth/second-factor.ts'
import { makeSetupCode } from '#parley/server/auth/setup-code.ts'
import { createTickets } from '#parley/server/auth/tickets.ts'
import { createBackplane } from '#parley/server/backplane/create-backplane.ts'
import type { ChatServerDeps } from '#parley/server/chat/context.ts'
import { ChatServer } from '#parley/server/chat/chat-server.ts'
import { StoreFigures } from '#parley/server/chat/figures.ts'
import type { Backplane, Log, Store } from '#parley/server/chat/ports.ts'
import { openDataFolder, sessionSecret, vapidSecret } from '#parley/server/config/data-folder.ts'
import { readLogInSettings } from '#parley/server/config/log-in-settings.ts'
import { readSettings, SettingError } from '#parley/server/config/settings.ts'
import type { Settings } from '#parley/server/config/settings.ts'
import { secondFactorKey } from '#parley/server/config/second-factor-key.ts'
import { systemClock, systemRandom } from '#parley/server/config/system.ts'
import { createPushTransport } from '#parley/server/push/push-transport.ts'
import { Push } from '#parley/server/push/push.ts'
import { publicVapidKey } from '#parley/server/push/vapid.ts'
import { ConfigurationError } from '#parley/server/storage/configuration-error.ts'
import { createStore } from '#parley/server/storage/create-store.ts'
import { provideParley } from '#parley/server/utils/chat.ts'
import type { Parley } from '#parley/server/utils/chat.ts'
import { createLogIns } from '#parley/server/utils/create-log-ins.ts'
import { countProcess } from '#parley/server/utils/process-figures.ts'
import { openProcessLog } from '#parley/server/utils/process-log.ts'
import { installShutdown } from '#parley/server/utils/shutdown.ts'
import { createWorkInHand } from '#parley/server/utils/work-in-hand.ts'
import { createIncoming } from '#parley/server/webhooks/incoming.ts'
import { createHookTransport } from '#parley/server/webhooks/hook-transport.ts'
import { OutgoingHooks } from '#parley/server/webhooks/outgoing.ts'
import { Webhooks } from '#parley/server/webhooks/webhooks.ts'

/** Per user: bursts of reconnecting tabs and of typing in a search field pass, a script that reads everything out does not. */
function userLimits({ rateLimit, maxConnectionsPerIp }: Settings): Parley['limits'] {
  if (rateLimit === 0) return undefined
  const limit = { burst: 3 * rateLimit, refill: 1000 / rateLimit }
  return {
    ops: createRateLimiter(systemClock, limit),
    tickets: createRateLimiter(systemClock, limit),
    lookups: createRateLimiter(systemClock, { burst: 30, refill: 200 }),
    pictures: createRateLimiter(systemClock, { burst: 10, refill: 20_000 }),
    exports: createRateLimiter(systemClock, { burst: 3, refill: 600_000 }),
    // All that may be connected from one network come back twice at once, and then once in ten seconds.
    handshakes: createRateLimiter(systemClock, { burst: 2 * maxConnectionsPerIp, refill: 10_000 / maxConnectionsPerIp }),
  }
}

function openBackplane(url: string): Backplane {
  try {
    return createBackplane(url)
  }
  catch (error) {
    throw new SettingError('NUXT_REDIS_URL', error instanceof Error ? error.message : String(error))
  }
}

function createChat(settings: Settings, store: Store, log: Log, { onCommit, policies }: Pick<ChatServerDeps, 'onCommit' | 'policies'>): ChatServer {
  const { redisUrl, rateLimit, maxConnections, maxConnectionsPerUser, maxConnectionsPerIp } = settings
  return new ChatServer({
    store,
    backplane: openBackplane(redisUrl),
    clock: systemClock,
    random: systemRandom,
    log,
    defer: task => void setImmediate(task),
    onCommit,
    settings: { rateLimit, maxConnections, maxConnectionsPerUser, maxConnectionsPerIp },
    policies,
  })
}

function createPush(settings: Settings, store: Store, log: Log, isActive: (user: string) => boolean): Push {
  const rule = { allowLoopback: settings.pushLoopback }
  const privateKey = settings.vapidPrivateKey || vapidSecret(settings.dataDir)
  const identity = { privateKey, publicKey: publicVapidKey(privateKey), subject: settings.vapidSubject }
  return new Push({ store, clock: systemClock, random: systemRandom, log, identity, rule, transport: createPushTransport(rule), isActive })
}

function createHooks({ pushLoopback }: Settings, store: Store, log: Log, chat: () => ChatServer): Pick<Parley, 'outgoing' | 'webhooks'> {
  const [clock, random, rule] = [systemClock, systemRandom, { allowLoopback: pushLoopback }]
  const outgoing = new OutgoingHooks({ store, chat, clock, random, log, transport: createHookTransport(rule) })
  return { outgoing, webhooks: new Webhooks({ store, chat, clock, random, outgoing, rule }) }
}

function openFiles({ dataDir, s3 }: Settings, log: Log): Promise<FileStore> {
  if (s3 === undefined) return openDiskFiles(join(dataDir, 'files'))
  const { prefix, ...account } = s3
  return openS3Files({ account, prefix, spool: join(dataDir, 'spool'), clock: systemClock, random: systemRandom, log })
}

function createAttachments({ uploadLimit, uploadQuota }: Settings, store: Store, files: FileStore, log: Log, orphanAge: () => number): Attachments {
  const attachments = new Attachments({ store, files, clock: systemClock, random: systemRandom, log, maxBytes: uploadLimit, quota: uploadQuota, orphanAge })
  attachments.start()
  return attachments
}

/** A server without users is taken by whoever registers first; elsewhere than on this machine that needs this code. */
async function announceSetupCode(store: AccountStore): Promise<string | undefined> {
  if (await store.userCount() > 0) return undefined
  const code = makeSetupCode()
  // Not through the logger: it must be seen at every log level.
  process.stdout.write(`Parley has no users yet. Register the first one, the admin, on this machine, or from elsewhere with the set-up code ${code}\n`)
  return code
}

/** What /metrics tells, asked where it is counted. */
const figuresOf = ({ chat, attachments, push }: Pick<Parley, 'chat' | 'attachments' | 'push'>, store: StoreFigures): Parley['figures'] => ({
  chat: () => chat.figures(),
  store,
  uploads: () => ({ fates: attachments.uploads.entries(), bytes: attachments.receivedBytes }),
  push: () => push.figures(),
  process: countProcess(),
})

const storeFailure = Promise.withResolvers<Error>()

async function start(): Promise<Parley> {
  const [clock, random] = [systemClock, systemRandom]
  const settings = readSettings(useRuntimeConfig())
  const log = openProcessLog(settings)
  // The database and its logs are nobody else's, also in a folder that others may enter. Worker threads, as in development, cannot say so.
  if (!import.meta.dev) process.umask(0o077)
  openDataFolder(settings.dataDir)
  const sessionPassword = settings.sessionPassword || sessionSecret(settings.dataDir)
  const storeFigures = new StoreFigures()
  const store = await createStore({ databaseUrl: settings.databaseUrl, dataDir: settings.dataDir, clock, random, onFailed: storeFailure.resolve, figures: storeFigures })
  const passwords = await createPasswords(boundHasher({ hash: hashPassword, verify: verifyPassword }), randomBytes(16).toString('base64url'))
  const logins = createLoginSessions(store, clock)
  const apiTokens = createApiTokens(store, clock, random)
  const serverSettings = await createServerSettings({ store, clock, log, registration: settings.registration })
  const push = createPush(settings, store, log, user => chat.isActive(user))
  const chat = createChat(settings, store, log, { onCommit: (conversation, event) => [push, hooks.outgoing].forEach(one => one.noticed(conversation, event)), policies: serverSettings.enforced })
  const hooks = createHooks(settings, store, log, () => chat)
  await Promise.all([push.start(), hooks.outgoing.start()])
  const files = await openFiles(settings, log)
  const attachments = createAttachments(settings, store, files, log, () => serverSettings.policies.orphanHours * 3_600_000)
  const tickets = createTickets(clock)
  const farewells = createFarewells({ store, chat, clock, log })
  const logIns = createLogIns({
    settings: readLogInSettings(useRuntimeConfig()), store, passwords, chat, tickets, farewells, registration: () => serverSettings.registration.mode, clock, random, log,
  })
  let toldPlainHttp = false
  return {
    settings, log, store, logins, apiTokens, sessionPassword,
    chat, push,
    ...hooks,
    receiveHook: createIncoming({ store, chat, clock, random, limited: settings.rateLimit > 0 }),
    secondFactor: createSecondFactor({ store, sealed: createSealedSecrets(secondFactorKey(settings.dataDir)), clock, log }),
    passkeys: createPasskeys({ store, clock, log, name: 'Parley' }),
    invites: createInvites({ store, chat, clock, random }),
    attachments,
    avatars: new Avatars({ store, files, clock, random }),
    farewells, logIns,
    administration: createAdministration({ store, chat, attachments, passwords, clock, random, log, settings: serverSettings, tickets }),
    accounts: createAccounts({ store, passwords, clock, random, registration: () => serverSettings.registration.mode, setupCode: await announceSetupCode(store) }),
    tickets,
    authenticate: createAuthenticator(logins, apiTokens, logIns.host),
    requests: createWorkInHand(),
    figures: figuresOf({ chat, attachments, push }, storeFigures),
    limits: userLimits(settings),
    notePlainHttp() {
      if (!toldPlainHttp) log.warn('a log-in came over plain http; put a TLS proxy in front before real use')
      toldPlainHttp = true
    },
  }
}

/** What the person who starts the server can mend is told in one line; only what is our own fault shows a stack. */
function startFailed(error: unknown): never {
  const expected = error instanceof SettingError || error instanceof ConfigurationError
  const told = error instanceof Error ? (expected ? error.message : error.stack ?? error.message) : String(error)
  process.stderr.write(`Parley cannot start: ${told}\n`)
  process.exit(1)
}

/** A port that is taken or forbidden: Nitro's trap would only log it, and leave a process that listens to nothing and exits 0. */
function exitWhenDeaf(): void {
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
    if (error.syscall === 'listen') startFailed(new SettingError('PORT', error.message))
  })
}

// Awaited here because Nitro awaits no plugin: the server listens only once this module is evaluated, so never without its store. What
// it imports must be imported statically: a chunk loaded from inside this wait would wait for this module in turn, for ever.
const parley = import.meta.prerender ? undefined : await start().catch(startFailed)

/** The composition root of the server: settings, store, chat and accounts, from the first request to an orderly end. */
export default defineNitroPlugin((nitroApp) => {
  if (parley === undefined) return
  provideParley(parley)
  const { administration, attachments, chat, farewells, logIns, outgoing, push, store, requests, log } = parley
  const loginWatch = createLoginWatch({ store, chat, clock: systemClock, log })
  // What the last run could not finish.
  void farewells.work()
  logIns.guests.start()
  // The development server has its own way of ending this worker, without signals.
  nitroApp.hooks.hook('close', () => {
    attachments.close()
    administration.housekeeping.close()
    farewells.close()
    loginWatch.close()
    logIns.guests.close()
    push.close()
    outgoing.close()
    return store.close()
  })
  if (import.meta.dev) {
    void storeFailure.promise.then(error => log.error('the store has failed', { error }))
    return
  }
  exitWhenDeaf()
  const shutdown = installShutdown({
    drain: async () => {
      await Promise.all([chat.drain(), requests.idle()])
      await push.finish()
    },
    close: () => nitroApp.hooks.callHook('close'),
    log,
  })
  void storeFailure.promise.then(shutdown.fail)
})
