import { browserHttp } from '#parley/client/browser-http.ts'
import type { Environment, Signal, TabChannel } from '#parley/client/environment.ts'
import { fallbackStorage } from '#parley/client/storage/fallback.ts'
import { IndexedDbStorage } from '#parley/client/storage/indexeddb.ts'
import { createLastWords } from '#parley/client/storage/last-words.ts'
import { MemoryStorage } from '#parley/client/storage/memory.ts'
import { openWebSocket } from '#parley/client/web-socket.ts'

export interface BrowserEnvironmentOptions {
  /** Of the server; this page's own by default. */
  origin?: string
  /** Nothing is kept beyond this page (X33). */
  shared?: boolean
}

/** A hidden page gets no animation frames: what waits for one then runs at most this often (ms). */
const hiddenFrame = 100

/** The real world of a browser page. */
export function createBrowserEnvironment(options: BrowserEnvironmentOptions = {}): Environment {
  const origin = options.origin ?? location.origin
  const warn = (message: string, detail?: unknown) => console.warn(`[parley] ${message}`, detail ?? '')
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    timer,
    frame: frames(),
    random: () => Math.random(),
    randomBytes: length => crypto.getRandomValues(new Uint8Array(length)),
    online: () => navigator.onLine,
    visible: () => document.visibilityState === 'visible',
    onSignal,
    openSocket: openWebSocket,
    socketUrl: `${origin.replace(/^http/, 'ws')}/_ws`,
    http: browserHttp(origin),
    storage: options.shared || !('indexedDB' in globalThis) ? new MemoryStorage() : fallbackStorage(new IndexedDbStorage(), new MemoryStorage(), warn),
    lastWords: createLastWords(options.shared ? undefined : synchronousStorage()),
    channel: openChannel,
    ...('locks' in navigator ? { exclusive: (name, task) => navigator.locks.request(name, task) } : {}),
    warn,
  }
}

function synchronousStorage(): Storage | undefined {
  try {
    return globalThis.localStorage
  }
  catch {
    return undefined // forbidden by policy: reading the property throws
  }
}

function timer(task: () => void, ms: number): () => void {
  const id = setTimeout(task, ms)
  return () => clearTimeout(id)
}

/** Runs in a task of its own, soon: messages between ports are not held back in hidden pages, as timers are, for up to a minute. */
function soon(task: () => void): () => void {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    task()
  }
  port2.postMessage(0)
  return () => port1.close()
}

/** Runs once, at the next frame. In a hidden page, where unread counts and the title move too: at once after a quiet time, else after a while. */
function frames(): (task: () => void) => () => void {
  let hiddenRunAt = -Infinity
  return (task) => {
    if (document.visibilityState !== 'hidden') return frame(task)
    const run = () => {
      hiddenRunAt = performance.now()
      task()
    }
    const wait = hiddenRunAt + hiddenFrame - performance.now()
    return wait <= 0 ? soon(run) : timer(run, wait)
  }
}

function frame(task: () => void): () => void {
  const cancel = () => {
    cancelAnimationFrame(request)
    clearTimeout(late)
  }
  const run = () => {
    cancel()
    task()
  }
  const request = requestAnimationFrame(run)
  const late = setTimeout(run, hiddenFrame)
  return cancel
}

function onSignal(listener: (signal: Signal) => void): () => void {
  const undo: (() => void)[] = []
  const listen = (target: EventTarget, type: string, signal: () => Signal) => {
    const handler = () => listener(signal())
    target.addEventListener(type, handler)
    undo.push(() => target.removeEventListener(type, handler))
  }
  for (const type of ['online', 'offline', 'focus', 'pageshow', 'pagehide'] as const) listen(window, type, () => type)
  for (const type of ['resume', 'freeze'] as const) listen(document, type, () => type)
  listen(document, 'visibilitychange', () => document.visibilityState === 'visible' ? 'visible' : 'hidden')
  return () => {
    for (const remove of undo) remove()
  }
}

function openChannel(name: string): TabChannel {
  if (!('BroadcastChannel' in globalThis)) return { post() {}, on: () => () => {}, close() {} }
  const channel = new BroadcastChannel(name)
  let open = true
  return {
    post(message) {
      if (open) channel.postMessage(message)
    },
    on(listener) {
      const handler = (event: MessageEvent) => listener(event.data)
      channel.addEventListener('message', handler)
      return () => channel.removeEventListener('message', handler)
    },
    close() {
      open = false
      channel.close()
    },
  }
}
