import { describe, expect, test } from 'vitest'
import { PageFrames } from '#parley/server/utils/page-frames.ts'
import type { WholePage } from '#parley/server/utils/page-frames.ts'

/** Pages of the chat made of a frame and parts: a frame is taken only from what two people's pages have in common. */

const render = async () => undefined
const own = (name: string) => [`<title>${name}</title>`, `<main>${name} says “hej”</main>`]
const html = ([title = '', main = '']: string[], nonce: string, between = '') => `<!DOCTYPE html>${title}<script nonce="${nonce}">简</script>${between}${main}<script nonce="${nonce}"></script>`
const pageOf = (name: string, change: Partial<WholePage> = {}): WholePage => ({
  html: html(own(name), `nonce-of-${name}`), own: own(name), nonce: `nonce-of-${name}`, cookies: [], viewer: `${name}-id`, conversation: `room-of-${name}`, ...change,
})

function frames(limits?: { families: number, frames: number, uses: number }): PageFrames {
  const made = new PageFrames(limits)
  made.adopt('en', render)
  return made
}
const make = (from: PageFrames, name: string) => from.make('en', 'group', own(name), () => 'new')?.html.toString()

describe('a frame', () => {
  test('with the parts of another page is, byte for byte, that page rendered whole', () => {
    const learned = frames()
    learned.learn('en', 'group', pageOf('anna'))
    learned.learn('en', 'group', pageOf('ben'))
    expect(make(learned, 'cleo')).toBe(html(own('cleo'), 'new'))
    expect(learned.make('en', 'direct', own('cleo'), () => 'new')).toBeUndefined()
    expect(learned.make('zh-CN', 'group', own('cleo'), () => 'new')).toBeUndefined()
  })

  test('counts only once pages of two people, and of two conversations, had the same', () => {
    const learned = frames()
    learned.learn('en', 'group', pageOf('anna'))
    expect(make(learned, 'cleo')).toBeUndefined()
    learned.learn('en', 'group', pageOf('anna', { conversation: 'another' }))
    expect(make(learned, 'cleo')).toBeUndefined()
    learned.learn('en', 'group', pageOf('ben', { conversation: 'room-of-anna' }))
    expect(make(learned, 'cleo')).toBeUndefined()
    learned.learn('en', 'group', pageOf('ben'))
    expect(make(learned, 'cleo')).toBeDefined()
  })

  test('is never taken from pages that differ in more than their parts', () => {
    const learned = frames()
    for (const name of ['anna', 'ben', 'cleo']) expect(learned.learn('en', 'group', pageOf(name, { html: html(own(name), `nonce-of-${name}`, `draft of ${name}`) }))).toBe(true)
    expect(make(learned, 'dan')).toBeUndefined()
  })

  test('is never taken from a page in which an id of its viewer or conversation is left', () => {
    const learned = frames()
    for (const left of ['anna-id', 'room-of-anna']) expect(learned.learn('en', 'group', pageOf('anna', { html: html(own('anna'), 'nonce-of-anna', left) }))).toBe(false)
  })

  test('is never taken from a page whose parts are not in it, or in another order', () => {
    const learned = frames()
    expect(learned.learn('en', 'group', pageOf('anna', { own: own('ben') }))).toBe(false)
    expect(learned.learn('en', 'group', pageOf('anna', { own: own('anna').reverse() }))).toBe(false)
    expect(learned.learn('en', 'group', pageOf('anna', { own: [...own('anna'), ''] }))).toBe(false)
  })

  test('keeps nothing of the page that it was taken from: neither parts nor nonce', () => {
    const learned = frames()
    learned.learn('en', 'group', pageOf('anna'))
    learned.learn('en', 'group', pageOf('ben'))
    const made = make(learned, 'cleo') ?? ''
    for (const word of ['anna', 'ben', 'nonce-of']) expect(made).not.toContain(word)
  })

  test('is compared with a page rendered whole now and then, and forgotten if that is another', () => {
    const learned = frames({ families: 2, frames: 2, uses: 3 })
    for (const name of ['anna', 'ben']) learned.learn('en', 'group', pageOf(name))
    for (let page = 0; page < 3; page++) expect(make(learned, 'cleo')).toBeDefined()
    expect(make(learned, 'cleo')).toBeUndefined()
    learned.learn('en', 'group', pageOf('dan', { cookies: ['parley-locale=en; expires=later'] }))
    expect(learned.make('en', 'group', own('cleo'), () => 'new')?.cookies).toEqual(['parley-locale=en; expires=later'])
    for (let page = 0; page < 2; page++) expect(make(learned, 'cleo')).toBeDefined()
    learned.learn('en', 'group', pageOf('eve', { html: html(own('eve'), 'nonce-of-eve', 'new build') }))
    expect(make(learned, 'cleo')).toBeUndefined()
  })

  test('of ever other languages and kinds pushes the oldest out', () => {
    const learned = frames({ families: 2, frames: 2, uses: 3 })
    for (const name of ['anna', 'ben']) learned.learn('en', 'group', pageOf(name))
    for (const kind of ['direct', 'channel']) learned.learn('en', kind, pageOf('anna'))
    expect(make(learned, 'cleo')).toBeUndefined()
    for (const family of ['fr', 'de']) learned.adopt(family, render)
    expect(learned.renderer('en')).toBeUndefined()
    expect(learned.renderer('de')).toBe(render)
  })
})
