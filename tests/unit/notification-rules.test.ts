import { describe, expect, it } from 'vitest'
import { badgedFavicon } from '#parley/composables/notifications/favicon.ts'
import { mayRing, minutesOf, pauseEnd, planNotification, timeOf } from '#parley/composables/notifications/notification-rules.ts'
import type { NewMessage, Surroundings } from '#parley/composables/notifications/notification-rules.ts'
import { notificationWords } from '#parley/composables/notifications/notification-words.ts'
import { inQuietHours, isSilenced, isTimeZone, minuteOfDay } from '#parley/shared/notifications.ts'

const now = Date.UTC(2026, 5, 1, 12)
const message: NewMessage = { notify: 'all', mentioned: false, read: false, live: true, at: now }
const hidden: Surroundings = { lookedAt: false, inFront: false, otherInFront: false, allowed: true, sound: true, settings: { hideText: false }, now }
const plan = (change: Partial<NewMessage> = {}, around: Partial<Surroundings> = {}) => planNotification({ ...message, ...change }, { ...hidden, ...around })
const nothing = { show: 'none', ring: false }

describe('[U-N2] whether a message makes itself heard', () => {
  it('nobody looks: a notification of the browser, with a sound; without leave only the sound', () => {
    expect(plan()).toEqual({ show: 'system', ring: true })
    expect(plan({}, { sound: false })).toEqual({ show: 'system', ring: false })
    expect(plan({}, { allowed: false })).toEqual({ show: 'none', ring: true })
  })

  it('a page in front shows a card, and no other tab does anything', () => {
    expect(plan({}, { inFront: true })).toEqual({ show: 'page', ring: true })
    expect(plan({}, { inFront: true, allowed: false })).toEqual({ show: 'page', ring: true })
    expect(plan({}, { otherInFront: true })).toEqual(nothing)
  })

  it('never for the conversation that somebody looks at, in whatever tab, nor for what was read', () => {
    expect(plan({}, { lookedAt: true, inFront: true })).toEqual(nothing)
    expect(plan({}, { lookedAt: true, otherInFront: true })).toEqual(nothing)
    expect(plan({ read: true })).toEqual(nothing)
  })

  it('by the level of the conversation', () => {
    expect(plan({ notify: 'none', mentioned: true })).toEqual(nothing)
    expect(plan({ notify: 'mentions' })).toEqual(nothing)
    expect(plan({ notify: 'mentions', mentioned: true })).toEqual({ show: 'system', ring: true })
  })

  it('not in quiet hours, nor while one does not want to be disturbed', () => {
    const quiet = { from: 11 * 60, to: 13 * 60, zone: 'UTC' }
    expect(plan({}, { settings: { hideText: false, quiet } })).toEqual(nothing)
    expect(plan({}, { settings: { hideText: false, pausedUntil: now + 1 } })).toEqual(nothing)
    expect(plan({}, { settings: { hideText: false, pausedUntil: now } })).toEqual({ show: 'system', ring: true })
  })

  it('what came while the link was down is told for ten minutes', () => {
    expect(plan({ live: false, at: now - 9 * 60_000 })).toEqual({ show: 'system', ring: true })
    expect(plan({ live: false, at: now - 11 * 60_000 })).toEqual(nothing)
    expect(plan({ live: true, at: now - 11 * 60_000 })).toEqual({ show: 'system', ring: true })
  })

  it('at most one sound in three seconds', () => {
    expect([mayRing(Number.NEGATIVE_INFINITY, 0), mayRing(1_000, 3_999), mayRing(1_000, 4_000)]).toEqual([true, false, true])
  })
})

describe('quiet hours', () => {
  const at = (iso: string) => Date.parse(iso)

  it('lie within a day or over midnight; their end is not among them, and the same time twice is the whole day', () => {
    const day = { from: 9 * 60, to: 17 * 60, zone: 'UTC' }
    expect(['2026-01-01T08:59Z', '2026-01-01T09:00Z', '2026-01-01T16:59Z', '2026-01-01T17:00Z'].map(time => inQuietHours(day, at(time)))).toEqual([false, true, true, false])
    const night = { from: 22 * 60, to: 7 * 60, zone: 'UTC' }
    expect(['2026-01-01T21:59Z', '2026-01-01T22:00Z', '2026-01-02T00:00Z', '2026-01-02T06:59Z', '2026-01-02T07:00Z'].map(time => inQuietHours(night, at(time)))).toEqual([false, true, true, true, false])
    expect(inQuietHours({ from: 60, to: 60, zone: 'UTC' }, at('2026-01-01T15:00Z'))).toBe(true)
  })

  it('follow the clock of their zone, summer time included', () => {
    const berlin = { from: 22 * 60, to: 7 * 60, zone: 'Europe/Berlin' }
    // 06:30 UTC is 07:30 there in winter and 08:30 in summer; 05:30 UTC is 06:30 and 07:30.
    expect([inQuietHours(berlin, at('2026-03-28T05:30Z')), inQuietHours(berlin, at('2026-03-29T05:30Z'))]).toEqual([true, false])
    expect([inQuietHours(berlin, at('2026-10-24T20:30Z')), inQuietHours(berlin, at('2026-10-25T20:30Z'))]).toEqual([true, false])
    expect(minuteOfDay(at('2026-01-01T16:00Z'), 'Asia/Shanghai')).toBe(0)
    expect(minuteOfDay(at('2026-01-01T00:00Z'), 'Asia/Kolkata')).toBe(5 * 60 + 30)
  })

  it('a zone is one that Intl knows', () => {
    expect([isTimeZone('Asia/Shanghai'), isTimeZone('Mars/Olympus'), isTimeZone('')]).toEqual([true, false, false])
  })

  it('nothing is silenced without them', () => {
    expect(isSilenced({ hideText: true }, now)).toBe(false)
  })
})

describe('do not disturb', () => {
  it('ends after its time, or at the next eight o\'clock of this device', () => {
    expect([pauseEnd('halfHour', now) - now, pauseEnd('twoHours', now) - now]).toEqual([1_800_000, 7_200_000])
    for (const hour of [0, 7, 8, 23]) {
      const moment = new Date(2026, 5, 1, hour, 0, 0).getTime()
      const end = new Date(pauseEnd('morning', moment))
      expect([end.getHours(), end.getMinutes(), end.getTime() > moment, end.getTime() - moment <= 25 * 3_600_000]).toEqual([8, 0, true, true])
    }
  })

  it('times of day are read and written as 22:05', () => {
    expect([minutesOf('22:05'), minutesOf('00:00'), minutesOf('24:00'), minutesOf(''), minutesOf('7:30')]).toEqual([1_325, 0, undefined, undefined, undefined])
    expect([timeOf(1_325), timeOf(0)]).toEqual(['22:05', '00:00'])
  })
})

describe('what a notification says', () => {
  const texts = { hidden: 'New message', many: (count: number) => `${count} new messages`, content: (key: string) => `<${key}>` }
  const told = { kind: 'group', label: 'Team', sender: 'Ann', line: { text: 'hello' }, count: 1, hideText: false } as const

  it('who and what; in a direct conversation who is the title', () => {
    expect(notificationWords(told, texts)).toEqual({ title: 'Team', body: 'Ann: hello' })
    expect(notificationWords({ ...told, kind: 'direct', label: 'Ann' }, texts)).toEqual({ title: 'Ann', body: 'hello' })
    expect(notificationWords({ ...told, line: { key: 'photo' } }, texts).body).toBe('Ann: <photo>')
  })

  it('how many, when there are more; and nothing of the text when that is hidden', () => {
    expect(notificationWords({ ...told, count: 3 }, texts).body).toBe('Ann: hello\n3 new messages')
    expect(notificationWords({ ...told, hideText: true }, texts).body).toBe('New message')
    expect(notificationWords({ ...told, hideText: true, count: 3 }, texts).body).toBe('3 new messages')
  })
})

it('[U-R3] the favicon shows the count, beyond nine a disc', () => {
  const drawn = (count: number) => decodeURIComponent(badgedFavicon(count))
  expect(drawn(3)).toContain('>3</text>')
  expect(drawn(12)).not.toContain('<text')
  expect(drawn(3)).toMatch(/^data:image\/svg\+xml,<svg .*<\/svg>$/)
})
