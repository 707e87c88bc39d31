import { describe, expect, onTestFinished, test } from 'vitest'
import { redacted } from '#parley/server/utils/log-redaction.ts'
import { createLogger } from '#parley/server/utils/logger.ts'
import { adoptConsole } from '#parley/server/utils/process-log.ts'
import type { LogFormat, LogLevel } from '#parley/server/config/settings.ts'

function logger(level: LogLevel = 'debug', format: LogFormat = 'json') {
  const lines: string[] = []
  return { lines, log: createLogger(level, format, line => void lines.push(line)), last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '') }
}

const ticket = 'q3Vh0zW1xk-8sPZ_yT5aLr9dNcE7uJmBfGoQiXwHtKs'
const user = '01890a5d-ac96-774b-bcce-b302099a8057'

describe('[X37] the log', () => {
  test('a line is one JSON object with time, level, message and fields', () => {
    const { log, lines, last } = logger()
    log.info('connection ended', { connection: 'c1', user, code: 4003, bytes: 512 })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^\{.*\}\n$/)
    expect(last()).toEqual({ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), level: 'info', msg: 'connection ended', connection: 'c1', user, code: 4003, bytes: 512 })
  })

  test('below its level nothing is written', () => {
    const { log, lines } = logger('warn')
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.error('d')
    expect(lines).toHaveLength(2)
  })

  test('at a terminal it is a readable line', () => {
    const { log, lines } = logger('info', 'text')
    log.warn('something is slow', { user: 'u1', fault: 'two words', code: 7 })
    expect(lines[0]).toMatch(/^\S+Z warn something is slow user=u1 fault="two words" code=7\n$/)
  })

  test('nothing that is written can begin a line of its own', () => {
    for (const format of ['json', 'text'] as const) {
      const { log, lines } = logger('info', format)
      log.info('x', { fault: 'a\nb\r\nc', error: new Error('d\ne') })
      expect(lines.join('').trimEnd()).not.toMatch(/[\r\n]/)
    }
  })

  test('fields by forbidden names, and objects, are not written whatever is in them', () => {
    const { log, last } = logger()
    log.error('x', { token: 'a1', Cookie: 'b2', body: { text: 'c3' }, fileName: 'd4', query: 'e5', error: 'fine', details: { deep: 'f6' }, list: ['g7'] })
    expect(JSON.stringify(last())).not.toMatch(/a1|b2|c3|d4|e5|f6|g7/)
    expect(last()['error']).toBe('fine')
  })

  test('errors keep type, code, stack and cause, but no query string, token or body', () => {
    const { log, last } = logger()
    const cause = new Error(`GET https://chat.example/_ws?token=${ticket}&appname=x failed`)
    log.error('x', { error: Object.assign(new TypeError(`no login for ${ticket}`, { cause }), { code: 'EFAULT' }) })
    expect(last()['error']).toMatchObject({ type: 'TypeError', code: 'EFAULT', message: 'no login for [redacted]', cause: { message: 'GET https://chat.example/_ws?… failed' } })
    expect(JSON.stringify(last())).toMatch(/logs\.test\.ts/)
    expect(JSON.stringify(last())).not.toContain(ticket)
    let broken: unknown
    try {
      JSON.parse('"my secret diary')
    }
    catch (error) {
      broken = error
    }
    log.error('x', { error: broken })
    log.error('y', { error: String(broken) })
    try {
      JSON.parse('my secret diary')
    }
    catch (error) {
      log.error('x', { error })
      expect(JSON.stringify(last())).toContain('malformed JSON')
      log.error('y', { error: String(error) })
    }
    expect(JSON.stringify(last())).not.toContain('secret')
  })

  test('ids stay readable, long tokens do not', () => {
    expect(redacted(`user ${user} with ${ticket}`)).toBe(`user ${user} with [redacted]`)
    expect(redacted(`${user}-${ticket}`)).toBe('[redacted]')
    expect(redacted('Fe26.2**0f5d0f5d0f5d0f5d0f5d0f5d0f5d0f5d0f5d0f5d0f5d0f5d**')).not.toContain('0f5d')
  })

  test('what the framework prints becomes lines of the log, and the console is given back', () => {
    const { log, lines, last } = logger()
    const announced = logger('info')
    const before = console.error
    const giveBack = adoptConsole(log, announced.log)
    onTestFinished(giveBack)
    console.error(`[request error] [unhandled] [GET] http://localhost/api/search?q=diary&x=1\n`, new Error('broken'))
    expect(last()).toMatchObject({ level: 'error', msg: '[request error] [unhandled] [GET] http://localhost/api/search?…', error: { message: 'broken' } })
    console.error('[unhandledRejection]', new Error('late'))
    expect(last()).toMatchObject({ level: 'error', msg: '[unhandledRejection]', error: { message: 'late' } })
    console.warn({ body: 'diary' })
    expect(last()).toMatchObject({ level: 'warn' })
    expect(lines.join('')).not.toContain('diary')
    // eslint-disable-next-line no-console -- what Nitro does
    console.log('Listening on http://0.0.0.0:3000')
    expect(announced.last()).toMatchObject({ level: 'info', msg: 'Listening on http://0.0.0.0:3000' })
    giveBack()
    expect(console.error).toBe(before)
  })
})
