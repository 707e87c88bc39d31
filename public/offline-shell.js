/**
 * Service worker that lets /chat open without the server: after a reload with the server down, the page comes from this cache, shows
 * what the device holds and sends the outbox when the server is back (U-D5, F36). It never touches the API or the socket.
 *
 * One cache for each build, so that a page and its scripts always fit together: a new build registers this file under a new `?build=`,
 * installs, and deletes the caches of the others. Plain JavaScript because the browser loads it as it stands.
 */
const worker = globalThis
const cacheName = `parley-shell-${new URL(worker.location.href).searchParams.get('build') ?? 'unknown'}`
const shell = '/chat'

/** Ms that a navigation waits for a server that accepts and stays silent, before the device's copy is shown. */
const patience = 4_000

const isChat = path => path === shell || path.startsWith(`${shell}/`)
const isAsset = path => path.startsWith('/_nuxt/') || path.startsWith('/_i18n/') || path === '/favicon.svg'

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

worker.addEventListener('install', event => event.waitUntil(install()))
worker.addEventListener('activate', event => event.waitUntil(activate()))
worker.addEventListener('message', (event) => {
  if (event.data?.type === 'loaded' && Array.isArray(event.data.urls)) event.waitUntil(keep(event.data.urls))
})
worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return
  if (request.mode === 'navigate' && isChat(url.pathname)) event.respondWith(openPage(request))
  else if (isAsset(url.pathname)) event.respondWith(openAsset(request))
})
