import { describe, expect, it } from 'vitest'
import { deviceName } from '#parley/composables/settings/device-name.ts'
import { centred, cropEdge, dragged, fitted } from '#parley/composables/settings/square-crop.ts'
import { statusText } from '#parley/composables/user-status.ts'

describe('the square of a picture', () => {
  const size = { width: 600, height: 400 }

  it('[U-O2] begins as the largest one in the middle', () => {
    expect(centred(size)).toEqual({ x: 300, y: 200, zoom: 1 })
    expect(cropEdge(size, centred(size))).toBe(400)
    expect(cropEdge(size, { x: 0, y: 0, zoom: 2 })).toBe(200)
  })

  it('never leaves the picture, however far it is dragged or zoomed', () => {
    expect(fitted(size, { x: -50, y: 900, zoom: 1 })).toEqual({ x: 200, y: 200, zoom: 1 })
    expect(fitted(size, { x: 0, y: 0, zoom: 99 })).toEqual({ x: 50, y: 50, zoom: 4 })
    expect(fitted(size, { x: 300, y: 200, zoom: 0.1 })).toEqual({ x: 300, y: 200, zoom: 1 })
  })

  it('follows the pointer: a drag to the right shows what is further left', () => {
    expect(dragged(size, centred(size), 64, 10, 256)).toEqual({ x: 200, y: 200, zoom: 1 })
    expect(dragged(size, { x: 300, y: 200, zoom: 2 }, 64, -64, 256)).toEqual({ x: 250, y: 250, zoom: 2 })
  })
})

describe('what a device is called', () => {
  it.each([
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0', 'Edge', 'Windows', false],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1', 'Safari', 'iPhone', true],
    ['Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0', 'WeChat', 'Android', true],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0', 'Firefox', 'Linux', false],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15', 'Safari', 'macOS', false],
    ['curl/8.9', 'curl', undefined, false],
    ['', undefined, undefined, false],
  ])('%s', (userAgent, browser, system, phone) => {
    expect(deviceName(userAgent)).toEqual({ ...(browser === undefined ? {} : { browser }), ...(system === undefined ? {} : { system }), phone })
  })
})

describe('a status', () => {
  const user = { id: 'u', username: 'u', displayName: 'U' }

  it('is one line, and nothing once its time is over', () => {
    expect(statusText(undefined, 5)).toBe('')
    expect(statusText(user, 5)).toBe('')
    expect(statusText({ ...user, status: { emoji: '🌴', text: '放假', until: 6 } }, 5)).toBe('🌴 放假')
    expect(statusText({ ...user, status: { emoji: '🌴', until: 5 } }, 5)).toBe('')
  })
})
