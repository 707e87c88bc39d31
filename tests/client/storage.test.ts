import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { DeviceStorageError } from '#parley/client/environment.ts'
import { fallbackStorage } from '#parley/client/storage/fallback.ts'
import { IndexedDbStorage } from '#parley/client/storage/indexeddb.ts'
import { MemoryStorage } from '#parley/client/storage/memory.ts'
import { storageContract } from '#parley/tests/client/storage.contract.ts'

const op = (cid: string) => ({ account: 'me', cid, conversation: 'c', op: { type: 'send' as const, content: { type: 'text', text: cid } }, madeAt: 1 })

/** Remembers the connections that were opened. */
class WatchedFactory extends IDBFactory {
  readonly opened: { close(): void }[] = []

  override open(...args: Parameters<IDBFactory['open']>) {
    const request = super.open(...args)
    request.addEventListener('success', () => this.opened.push(request.result))
    return request
  }
}

/** A browser that refuses. */
class RefusingFactory extends IDBFactory {
  readonly #reason: string

  constructor(reason: string) {
    super()
    this.#reason = reason
  }

  override open(): never {
    throw new DOMException('refused', this.#reason)
  }
}

/** A browser whose disk is slow: databases open when the test lets them. */
class SlowFactory extends IDBFactory {
  readonly #ready: Promise<unknown>

  constructor(ready: Promise<unknown>) {
    super()
    this.#ready = ready
  }

  override open(...args: Parameters<IDBFactory['open']>) {
    const request = super.open(...args)
    const listen = request.addEventListener.bind(request)
    request.addEventListener = (type: string, listener: EventListener) => {
      listen(type, type === 'success' ? event => void this.#ready.then(() => listener(event)) : listener)
    }
    return request
  }
}

beforeEach(() => vi.stubGlobal('indexedDB', new IDBFactory()))
afterEach(() => vi.unstubAllGlobals())

describe('memory', () => {
  const storage = new MemoryStorage()
  storageContract(() => storage)
})

describe('IndexedDB', () => {
  storageContract(() => new IndexedDbStorage())
})

describe('IndexedDB faults (B8)', () => {
  it('two tabs share ops and their order', async () => {
    const [one, two] = [new IndexedDbStorage(), new IndexedDbStorage()]
    const orders = [(await one.putOp(op('a'))).order, (await two.putOp(op('b'))).order, (await one.putOp(op('c'))).order]
    expect(orders).toEqual([...orders].sort((x, y) => x - y))
    expect(new Set(orders).size).toBe(3)
    expect((await two.ops('me')).map(row => row.cid)).toEqual(['a', 'b', 'c'])
  })

  it('[F42] a newer build takes the database over: this tab lets go, tells, and refuses to write', async () => {
    const storage = new IndexedDbStorage()
    await storage.putOp(op('a'))
    const causes: string[] = []
    storage.onLost(cause => void causes.push(cause))
    const newer = await openDB('parley', 2)
    expect(causes).toEqual(['upgraded'])
    await expect(storage.putOp(op('b'))).rejects.toMatchObject({ name: 'DeviceStorageError', reason: 'closed' })
    newer.close()
  })

  it('[F42] an old build that finds a newer database tells and does not hang', async () => {
    const newer = await openDB('parley', 7)
    newer.close()
    const storage = new IndexedDbStorage()
    const causes: string[] = []
    storage.onLost(cause => void causes.push(cause))
    await expect(storage.ops('me')).rejects.toBeInstanceOf(DeviceStorageError)
    expect(causes).toEqual(['upgraded'])
  })

  it('a connection that the browser dropped is opened again', async () => {
    const factory = new WatchedFactory()
    vi.stubGlobal('indexedDB', factory)
    const storage = new IndexedDbStorage()
    await storage.putOp(op('a'))
    factory.opened[0]!.close()
    expect(await storage.ops('me')).toHaveLength(1)
    expect(factory.opened).toHaveLength(2)
  })

  it('[F40] a full disk is told apart', async () => {
    vi.stubGlobal('indexedDB', new RefusingFactory('QuotaExceededError'))
    const storage = new IndexedDbStorage()
    await expect(storage.putOp(op('a'))).rejects.toMatchObject({ reason: 'quota' })
    vi.stubGlobal('indexedDB', new IDBFactory())
    expect(await storage.putOp(op('a'))).toMatchObject({ cid: 'a' })
  })
})

describe('fallback', () => {
  it('[F41] memory takes over where the browser refuses, with one warning', async () => {
    vi.stubGlobal('indexedDB', new RefusingFactory('SecurityError'))
    const warnings: string[] = []
    const storage = fallbackStorage(new IndexedDbStorage(), new MemoryStorage(), message => void warnings.push(message))
    await storage.putOp(op('a'))
    expect(await storage.ops('me')).toHaveLength(1)
    expect(storage.durable).toBe(false)
    expect(warnings).toHaveLength(1)
  })

  it('[S4] a slow disk is waited for: what it holds from before would stay unsent as long as the page is open', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    let letGo = (): void => {}
    vi.stubGlobal('indexedDB', new SlowFactory(new Promise<void>(resolve => letGo = resolve)))
    const warnings: string[] = []
    const storage = fallbackStorage(new IndexedDbStorage(), new MemoryStorage(), message => void warnings.push(message))
    await vi.advanceTimersByTimeAsync(9_000)
    letGo()
    await storage.putOp(op('a'))
    expect({ durable: storage.durable, warnings }).toEqual({ durable: true, warnings: [] })
  })

  it('[F41] one that never opens is given up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    vi.stubGlobal('indexedDB', new SlowFactory(new Promise(() => {})))
    const storage = fallbackStorage(new IndexedDbStorage(), new MemoryStorage(), () => {})
    await vi.advanceTimersByTimeAsync(10_000)
    await storage.putOp(op('a'))
    expect(storage.durable).toBe(false)
  })

  it('the device is used where it can be', async () => {
    const storage = fallbackStorage(new IndexedDbStorage(), new MemoryStorage(), () => {})
    await storage.putOp(op('a'))
    expect(storage.durable).toBe(true)
    expect(await new IndexedDbStorage().ops('me')).toHaveLength(1)
  })
})
