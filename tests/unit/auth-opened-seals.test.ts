import { describe, expect, it } from 'vitest'
import { OpenedSeals } from '#parley/server/auth/opened-seals.ts'

describe('opened seals', () => {
  it('a cookie is opened once', async () => {
    const seals = new OpenedSeals()
    let openings = 0
    const open = async () => `login-${++openings}`
    expect(await seals.login('sealed', open)).toBe('login-1')
    expect(await seals.login('sealed', open)).toBe('login-1')
    expect(await seals.login('another', open)).toBe('login-2')
  })

  it('[X4] what is no seal of ours is neither taken nor remembered', async () => {
    const seals = new OpenedSeals()
    const answers = [undefined, 'login']
    const open = async () => answers.shift()
    expect(await seals.login('forged', open)).toBeUndefined()
    expect(await seals.login('forged', open)).toBe('login')
  })

  it('memory is bounded: the cookie that was used least lately goes', async () => {
    const seals = new OpenedSeals()
    const opened: string[] = []
    const login = (name: string) => seals.login(name, async () => {
      opened.push(name)
      return name
    })
    for (let i = 0; i < 10_000; i++) await login(`cookie-${i}`)
    await login('cookie-0')
    await login('one more')
    opened.length = 0
    for (const name of ['cookie-0', 'cookie-1', 'one more']) await login(name)
    expect(opened).toEqual(['cookie-1'])
  })
})
