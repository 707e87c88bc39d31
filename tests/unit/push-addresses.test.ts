import type { lookup } from 'node:dns'
import { describe, expect, test } from 'vitest'
import { endpointFault, guardedLookup, isPublicAddress } from '#parley/server/push/address-guard.ts'
import { createPushTransport, retryAfterOf } from '#parley/server/push/push-transport.ts'
import { openPushEndpoint } from '#parley/tests/helpers/push-endpoint.ts'

/** A member gives the address: it must lead nowhere but to the public internet. */

const strict = { allowLoopback: false }

test.each([
  '127.0.0.1', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255',
  '::1', '::', 'fe80::1', 'fc00::1', 'fd12::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:db8::1', '2001:0:1::1', 'not an address', '',
])('%s is nothing to connect to', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each(['8.8.8.8', '172.32.0.1', '2a00:1450:4001::1', '2606:4700::1'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test.each([
  'http://push.example/x', 'https://127.0.0.1/x', 'https://2130706433/x', 'https://0x7f.1/x', 'https://[::1]/x', 'https://[::ffff:7f00:1]/x', 'https://localhost/x',
  'https://user:pw@push.example/x', 'ftp://push.example/', 'javascript:alert(1)', `https://push.example/${'x'.repeat(3_000)}`,
])('%s is refused as it is written', (endpoint) => {
  expect(endpointFault(endpoint, strict)).toBeDefined()
})

test('names are good as written, and loopback under the setting for tests only', () => {
  expect(endpointFault('https://push.example/x', strict)).toBeUndefined()
  expect(endpointFault('http://127.0.0.1:8080/x', { allowLoopback: true })).toBeUndefined()
  expect(endpointFault('http://10.0.0.1/x', { allowLoopback: true })).toBeDefined()
  expect(endpointFault('http://push.example/x', { allowLoopback: true })).toBeDefined()
})

describe('names that resolve to somewhere inside', () => {
  const resolving = (...addresses: string[]) => ((_name: string, _options: object, callback: (error: null, found: { address: string, family: number }[]) => void) => {
    callback(null, addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })))
  }) as typeof lookup

  const ask = (...addresses: string[]) => new Promise<string>((resolve) => {
    guardedLookup(strict, resolving(...addresses))('rebound.example', { all: true }, (error, found) => resolve(error ? `refused: ${error.message}` : JSON.stringify(found)))
  })

  test('are refused when they are connected to, also when only one of the addresses is inside', async () => {
    expect(await ask('192.168.0.1')).toContain('refused')
    expect(await ask('8.8.8.8', '169.254.169.254')).toContain('refused')
    expect(await ask()).toContain('refused')
    expect(await ask('8.8.8.8')).toContain('8.8.8.8')
  })

  test('and the transport goes nowhere: not to a literal, not by a name, not by a redirect', async () => {
    const service = await openPushEndpoint()
    const { port } = new URL(service.origin)
    const [closed, open] = [createPushTransport(strict), createPushTransport({ allowLoopback: true })]
    const request = (endpoint: string) => ({ endpoint, headers: {}, body: new Uint8Array() })
    for (const endpoint of [`${service.origin}/a`, `https://127.0.0.1:${port}/a`, `https://localhost:${port}/a`]) await expect(closed(request(endpoint))).rejects.toThrow()
    expect(service.requests).toBe(0)
    const { endpoint } = service.subscribe('a')
    service.answer(307, { location: `${service.origin}/elsewhere` })
    expect(await open(request(endpoint))).toEqual({ status: 307 })
    expect(service.requests).toBe(1)
    for (const transport of [closed, open]) transport.close()
    await service.close()
  })
})

test('Retry-After in seconds or as a date; anything else is none', () => {
  expect([retryAfterOf('120', 0), retryAfterOf('Thu, 01 Jan 1970 00:01:00 GMT', 1_000), retryAfterOf('soon', 0), retryAfterOf(undefined, 0), retryAfterOf('-5', 0)])
    .toEqual([120_000, 59_000, undefined, undefined, undefined])
})
