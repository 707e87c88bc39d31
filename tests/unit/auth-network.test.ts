import { describe, expect, test } from 'vitest'
import { cappedAddress, clientFacts, isLoopback, networkOf, parseProxyTrust } from '#parley/server/auth/client-address.ts'
import { originAllowed } from '#parley/server/auth/origin.ts'

const headers = (values: Record<string, string>) => (name: string) => values[name]

describe('origins', () => {
  test.each([
    ['https://chat.example.com', 'chat.example.com', true],
    ['http://chat.example.com', 'chat.example.com', true],
    ['https://chat.example.com', 'chat.example.com:443', true],
    ['http://localhost:3000', 'localhost:3000', true],
    ['http://localhost:3000', 'LOCALHOST:3000', true],
    ['http://[::1]:3000', '[::1]:3000', true],
    ['http://localhost:3001', 'localhost:3000', false],
    ['http://localhost', 'localhost:3000', false],
    ['https://chat.example.com.evil.io', 'chat.example.com', false],
    ['https://evil.io#chat.example.com', 'chat.example.com', false],
    ['https://chat.example.com@evil.io', 'chat.example.com', false],
    ['https://evilchat.example.com', 'chat.example.com', false],
    ['https://chat.example.com/', 'chat.example.com', false],
    ['null', 'null', false],
    ['file://', '', false],
    ['chrome-extension://chat.example.com', 'chat.example.com', false],
    ['https://chat.example.com', 'evil.io/@chat.example.com', false],
    ['https://chat.example.com', 'chat.example.com evil.io', false],
    ['https://chat.example.com', '', false],
    ['', 'chat.example.com', false],
  ])('[A3, X2] %s to the host %s: %s', (origin, host, allowed) => {
    expect(originAllowed(origin, [host], [])).toBe(allowed)
  })

  test('[A3] a listed origin must be equal as a whole', () => {
    const listed = ['https://app.example.com']
    expect(originAllowed('https://app.example.com', ['chat.example.com'], listed)).toBe(true)
    expect(originAllowed('http://app.example.com', ['chat.example.com'], listed)).toBe(false)
    expect(originAllowed('https://app.example.com:8443', ['chat.example.com'], listed)).toBe(false)
  })
})

describe('proxy trust', () => {
  const loopback = parseProxyTrust('loopback')

  test('[X20] forwarded headers of strangers are not believed', () => {
    const facts = clientFacts('203.0.113.9', false, headers({ 'host': 'chat.example.com', 'x-forwarded-for': '10.0.0.1', 'x-forwarded-host': 'evil.io', 'x-forwarded-proto': 'https' }), loopback)
    expect(facts).toEqual({ address: '203.0.113.9', hosts: ['chat.example.com'], secure: false })
  })

  test('[X20] a trusted proxy tells address, host and scheme', () => {
    const facts = clientFacts('::ffff:127.0.0.1', false, headers({ 'host': '127.0.0.1:3000', 'x-forwarded-for': '198.51.100.7', 'x-forwarded-host': 'chat.example.com', 'x-forwarded-proto': 'https' }), loopback)
    expect(facts).toEqual({ address: '198.51.100.7', hosts: ['127.0.0.1:3000', 'chat.example.com'], secure: true })
  })

  test('[X20] what a client put into the header itself is never reached', () => {
    const forged = headers({ 'x-forwarded-for': '127.0.0.1, 198.51.100.7' })
    expect(clientFacts('127.0.0.1', false, forged, loopback).address).toBe('198.51.100.7')
    const chain = headers({ 'x-forwarded-for': '6.6.6.6, 198.51.100.7, 10.1.0.4' })
    expect(clientFacts('10.1.0.5', false, chain, parseProxyTrust('10.1.0.0/16')).address).toBe('198.51.100.7')
    expect(clientFacts('127.0.0.1', false, headers({ 'x-forwarded-for': 'garbage' }), loopback).address).toBe('127.0.0.1')
  })

  test('lists of names, addresses and networks', () => {
    const trust = parseProxyTrust('loopback, 192.0.2.1,2001:db8::/32')
    expect(['127.9.9.9', '::1', '', '192.0.2.1', '::ffff:192.0.2.1', '2001:db8::5'].every(address => trust.trusts(address))).toBe(true)
    expect(['192.0.2.2', '2001:db9::5', 'garbage'].some(address => trust.trusts(address))).toBe(false)
    expect(parseProxyTrust('none').trusts('127.0.0.1')).toBe(false)
    expect(parseProxyTrust('none').trusts('')).toBe(false)
    expect(parseProxyTrust('private').trusts('192.168.4.4')).toBe(true)
  })

  test.each(['localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::/129', 'loopback;private'])('%s is refused', (setting) => {
    expect(() => parseProxyTrust(setting)).toThrow('is not an address')
  })

  test('[A4] loopback and untrusted private addresses have no cap of their own', () => {
    expect(cappedAddress('127.0.0.1', loopback)).toBe('')
    expect(cappedAddress('192.168.0.7', loopback)).toBe('')
    expect(cappedAddress('192.168.0.7', parseProxyTrust('private'))).toBe('192.168.0.7')
    expect(cappedAddress('198.51.100.7', loopback)).toBe('198.51.100.7')
    expect(isLoopback('')).toBe(true)
  })

  test('limits count an IPv6 customer once, by /64', () => {
    expect(networkOf('198.51.100.7')).toBe('198.51.100.7')
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(networkOf('2001:DB8:1:2::9')).toBe('2001:db8:1:2::/64')
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
  })
})
