import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface JsonServer {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** Paths that were asked for, in order. */
  readonly asked: string[]
  close(): Promise<void>
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

/** A server that answers with JSON; undefined is 404. */
export async function startJsonServer(answer: (path: string, body: string) => unknown): Promise<JsonServer> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    void bodyOf(request).then(async (body) => {
      const value = await answer(path, body)
      response.writeHead(value === undefined ? 404 : 200, { 'content-type': 'application/json', 'connection': 'close' })
      response.end(JSON.stringify(value ?? {}))
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
    }),
  }
}
