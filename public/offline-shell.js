/**
 * Service worker that lets /chat open without the server: after a reload with the server down, the page comes from this cache, shows
 * what the device holds and sends the outbox when the server is back (U-D5, F36). So do the settings, of which some are this device's (U-O1). And it shows what is pushed to this browser when no
 * page has it (U-N2), opens pages on a click, and renews a subscription that the browser has replaced.
 *
 * One cache for each build, so that a page and its scripts always fit together: a new build registers this file under a new `?build=`,
 * installs, and deletes the caches of the others. Plain JavaScript because the browser loads it as it stands.
 */
const worker = globalThis
const cacheName = `parley-shell-${new URL(worker.location.href).searchParams.get('build') ?? 'unknown'}`
/** Rendered by nobody: what is kept holds no message, whoever was logged in when it was fetched (X33). */
const shell = '/shell'
const chat = '/chat'

/** Ms that a navigation waits for a server that accepts and stays silent, before the device's copy is shown. */
const patience = 4_000

const isUnder = (path, folder) => path === folder || path.startsWith(`${folder}/`)
/** Pages that are of use without the server. `/` leads to one of them, or to the log-in page. */
const isKept = path => path === '/' || isUnder(path, chat) || isUnder(path, '/settings')
const isAsset = path => path.startsWith('/_nuxt/') || path.startsWith('/_i18n/') || path.startsWith('/icons/') || path === '/favicon.svg' || path === '/manifest.webmanifest'

async function install() {
  const cache = await caches.open(cacheName)
  await cache.add(new Request(shell, { cache: 'reload' }))
  await worker.skipWaiting()
}

async function activate() {
  const names = await caches.keys()
  await Promise.all(names.filter(name => name.startsWith('parley-shell-') && name !== cacheName).map(name => caches.delete(name)))
  await worker.clients.claim()
}

/** Keeps what a page says it has loaded. The page says it, not the fetch handler: what a development server sends must never stick. */
async function keep(urls) {
  const cache = await caches.open(cacheName)
  for (const url of urls) {
    if (!isAsset(new URL(url, worker.location.href).pathname) || await cache.match(url)) continue
    await cache.add(url).catch(() => undefined)
  }
}

/** The server's page when there is one; a proxy that answers for a dead server counts as none. */
async function openPage(request) {
  const copy = await caches.match(shell, { cacheName, ignoreVary: true })
  if (!copy) return fetch(request)
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), patience)
  try {
    const response = await fetch(request, { signal: abort.signal })
    return response.status >= 500 ? copy : response
  }
  catch {
    return copy
  }
  finally {
    clearTimeout(timer)
  }
}

async function openAsset(request) {
  return await caches.match(request, { cacheName, ignoreVary: true }) ?? fetch(request)
}

/** Words in the language of the page that was open last; kept over builds. */
const textsCache = 'parley-texts'
const textsKey = '/notification-texts'
const english = { hidden: 'New message', many: '{count} new messages', image: 'Photo', audio: 'Audio', video: 'Video' }

async function keepTexts(texts) {
  await (await caches.open(textsCache)).put(textsKey, new Response(JSON.stringify(texts)))
}

async function words() {
  const kept = await caches.match(textsKey, { cacheName: textsCache })
  return { ...english, ...await kept?.json().catch(() => undefined) }
}

/** Ms that a page has to say whether it has a message: a frozen one never will. */
const answerWithin = 700

function asks(client, question) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    const timer = setTimeout(() => resolve(false), answerWithin)
    port1.onmessage = ({ data }) => {
      clearTimeout(timer)
      resolve(data === true)
    }
    client.postMessage(question, [port2])
  })
}

const windows = () => worker.clients.matchAll({ type: 'window', includeUncontrolled: true })

/** As composables/notifications/notification-words.ts says it of a message that a page has. */
async function bodyOf({ kind, sender, text, media, count }) {
  const texts = await words()
  const many = count > 1 ? texts.many.replace('{count}', String(count)) : ''
  if (sender === undefined) return many || texts.hidden
  const line = text ?? texts[media] ?? texts.hidden
  const first = kind === 'direct' ? line : `${sender}: ${line}`
  return many ? `${first}\n${many}` : first
}

/**
 * A page that is in sight tells of the message itself. Otherwise it is shown, since the browser wants something shown for each push: in the
 * place of what a hidden page may have shown of that conversation, and then without a sound.
 */
async function pushed(data) {
  if (data?.version !== 1) return worker.registration.showNotification('Parley', { body: (await words()).hidden, tag: 'parley' })
  const { account, conversation, seq, at, title, badge } = data
  await (badge > 0 ? worker.navigator.setAppBadge?.(badge) : worker.navigator.clearAppBadge?.())?.catch(() => undefined)
  const inSight = (await windows()).filter(client => client.visibilityState === 'visible')
  const answers = await Promise.all(inSight.map(client => asks(client, { type: 'has', account, conversation, seq })))
  if (answers.includes(true)) return
  const tag = `parley:${conversation}`
  const told = (await worker.registration.getNotifications({ tag })).some(shown => (shown.data?.seq ?? 0) >= seq)
  await worker.registration.showNotification(title, {
    body: await bodyOf(data), tag, renotify: !told, silent: told, timestamp: at, icon: '/icons/icon-192.png', badge: '/icons/badge-96.png',
    data: { path: `/chat/${encodeURIComponent(conversation)}?at=${seq}`, account, conversation, seq },
  })
}

/** To the page that is there, else to a new one. */
async function clicked(path) {
  const open = await windows()
  const client = open.find(each => each.focused) ?? open.find(each => each.visibilityState === 'visible') ?? open.find(each => isUnder(new URL(each.url).pathname, chat)) ?? open[0]
  if (client === undefined) return worker.clients.openWindow(path)
  client.postMessage({ type: 'open', path })
  await client.focus()
}

/** The browser made a new subscription, or wants one made: the server has to know, or nothing would come any more. */
async function renew(event) {
  const options = event.oldSubscription?.options ?? { userVisibleOnly: true, applicationServerKey: (await (await fetch('/api/push/key')).json()).key }
  const subscription = event.newSubscription ?? await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: options.applicationServerKey })
  const { endpoint, keys } = subscription.toJSON()
  await fetch('/api/me/push', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ endpoint, keys }) })
}

function payloadOf(event) {
  try {
    return event.data?.json()
  }
  catch {
    return undefined
  }
}

worker.addEventListener('push', event => event.waitUntil(pushed(payloadOf(event))))
worker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const { path } = event.notification.data ?? {}
  event.waitUntil(clicked(typeof path === 'string' && path.startsWith('/chat/') ? path : chat))
})
worker.addEventListener('pushsubscriptionchange', event => event.waitUntil(renew(event).catch(() => undefined)))
worker.addEventListener('install', event => event.waitUntil(install()))
worker.addEventListener('activate', event => event.waitUntil(activate()))
worker.addEventListener('message', (event) => {
  if (event.data?.type === 'texts') event.waitUntil(keepTexts(event.data.texts))
  if (event.data?.type === 'loaded' && Array.isArray(event.data.urls)) event.waitUntil(keep(event.data.urls))
})
worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return
  if (request.mode === 'navigate' && isKept(url.pathname)) event.respondWith(openPage(request))
  else if (isAsset(url.pathname)) event.respondWith(openAsset(request))
})
