/** A connection to a browser's DevTools without Playwright: it attaches to nothing but what it is told to. */
export class DevtoolsLink {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (answer: { result?: unknown, error?: { message: string } }) => void>()
  #count = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const { id, ...answer } = JSON.parse(String(data)) as { id?: number }
      if (id === undefined) return
      this.#waiting.get(id)?.(answer)
      this.#waiting.delete(id)
    })
  }

  /** @param endpoint what the browser printed: `ws://…` */
  static async open(endpoint: string): Promise<DevtoolsLink> {
    const socket = new WebSocket(endpoint)
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve())
      socket.addEventListener('error', () => reject(new Error(`no DevTools at ${endpoint}`)))
    })
    return new DevtoolsLink(socket)
  }

  /** @throws Error with what DevTools said */
  async send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = ++this.#count
    const answered = new Promise<{ result?: unknown, error?: { message: string } }>(resolve => void this.#waiting.set(id, resolve))
    this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }))
    const { result, error } = await answered
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result as T
  }

  /** Opens a page in a window of its own, so that it is drawn, and returns what runs script in it. */
  async page(url: string): Promise<(script: string) => Promise<unknown>> {
    const { targetId } = await this.send<{ targetId: string }>('Target.createTarget', { url, newWindow: true })
    const { sessionId } = await this.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
    return async (expression) => {
      const { result } = await this.send<{ result: { value?: unknown } }>('Runtime.evaluate', { expression, returnByValue: true }, sessionId)
      return result.value
    }
  }

  close(): void {
    this.#socket.close()
  }
}
