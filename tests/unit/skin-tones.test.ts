import { expect, test } from 'vitest'
import { loadEmoji } from '#parley/composables/emoji/emoji-list.ts'
import { hasTones, skinTones, withoutTone, withTone } from '#parley/composables/emoji/skin-tones.ts'

test.each([
  ['👍', 3, '👍🏽'], ['👍🏽', 0, '👍'], ['👍🏽', 5, '👍🏿'], ['☝️', 1, '☝🏻'], ['👩‍💻', 4, '👩🏾‍💻'], ['🕵️‍♀️', 2, '🕵🏼‍♀️'], ['🤝', 3, '🤝🏽'], ['👩‍❤️‍👨', 3, '👩🏽‍❤️‍👨🏽'],
  ['😀', 3, '😀'], ['👨‍👩‍👦', 3, '👨‍👩‍👦'], ['❤️', 3, '❤️'], ['🐻‍❄️', 3, '🐻‍❄️'], ['👍', 9, '👍'],
])('%s in tone %i is %s', (emoji, tone, expected) => expect(withTone(emoji, tone)).toBe(expected))

test('every emoji of the picker is in each tone one that exists, and the same one without it', async () => {
  const list = await loadEmoji('en')
  const exists = new RegExp('^\\p{RGI_Emoji}$', 'v')
  const toned = list.filter(({ emoji }) => hasTones(emoji))
  expect(toned.length).toBeGreaterThan(250)
  for (const { emoji } of toned) for (const tone of skinTones.keys()) {
    const one = withTone(emoji, tone)
    expect(tone === 0 || exists.test(one), `${emoji} ${tone}`).toBe(true)
    expect(withoutTone(one)).toBe(withoutTone(emoji))
  }
  expect(new Set(list.map(({ emoji }) => withoutTone(emoji))).size).toBe(list.length)
})
