import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Peer } from 'crossws'
import nodeAdapter from 'crossws/adapters/node'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { forgetHandshake } from '#parley/server/utils/forget-handshake.ts'

it('[K4] the adapter lets go of the request, and the peer works on; renew forget-handshake.ts when this fails', async () => {
  const seen: { peer: Peer, held: unknown }[] = []
  const adapter = nodeAdapter({
    hooks: {
      upgrade: () => ({ context: { seat: 'a' } }),
      open(peer) {
        forgetHandshake(peer)
        seen.push({ peer, held: Reflect.get(Reflect.get(peer, '_internal'), 'request') })
      },
      message: (peer, message) => void peer.send(`${peer.context['seat']} ${message.text()}`),
    },
  })
  const server = createServer()
  server.on('upgrade', (request, socket, head) => void adapter.handleUpgrade(request, socket, head))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const answer = await new Promise((resolve, reject) => {
    client.on('open', () => client.send('b'))
    client.on('message', data => resolve(String(data)))
    client.on('error', reject)
  })
  expect(answer).toBe('a b')
  expect(seen.map(({ held }) => held)).toEqual([undefined])
  client.terminate()
  await new Promise(resolve => server.close(resolve))
})
