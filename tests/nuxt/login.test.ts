import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import LoginPage from '#parley/pages/login.vue'
import { errorAnswer, jsonBody } from '#parley/tests/helpers/endpoint.ts'

/** What the server answers next, by path. */
const answers = new Map<string, { status: number, code: string }>()
const requests: { path: string, body: unknown }[] = []

for (const path of ['/api/auth/login', '/api/auth/register']) {
  registerEndpoint(path, {
    method: 'POST',
    handler: (event) => {
      requests.push({ path, body: jsonBody(event) })
      const answer = answers.get(path)
      return answer === undefined ? new Response('a proxy speaking', { status: 502 }) : errorAnswer(answer.status, answer.code)
    },
  })
}

describe('log-in page', () => {
  let page: VueWrapper
  beforeEach(async () => {
    answers.clear()
    requests.length = 0
    page = await mountSuspended(LoginPage, { attachTo: document.body })
  })
  afterEach(() => page.unmount())

  const field = (name: string) => page.get<HTMLInputElement>(`[data-testid=auth-${name}]`)
  const noteOf = (name: string) => document.getElementById(field(name).attributes('aria-describedby') ?? '')?.textContent?.trim()

  async function submit(username: string, password: string): Promise<void> {
    await field('username').setValue(username)
    await field('password').setValue(password)
    await page.get('form').trigger('submit')
    // The fetch of the test environment settles over several turns of the event loop.
    await expect.poll(() => page.get('[data-testid=auth-submit]').attributes('aria-busy')).toBeUndefined()
    await flushPromises()
  }

  it('toggles between its two modes and tells password managers which is which', async () => {
    expect(page.get('[data-testid=auth-submit]').attributes('data-mode')).toBe('login')
    expect(field('password').attributes('autocomplete')).toBe('current-password')
    await page.get('[data-testid=auth-toggle]').trigger('click')
    expect(page.get('[data-testid=auth-submit]').attributes('data-mode')).toBe('register')
    expect(field('password').attributes('autocomplete')).toBe('new-password')
    expect(field('username').attributes('autocomplete')).toBe('username')
  })

  it('shows a wrong password once, next to its field, and puts the focus there', async () => {
    answers.set('/api/auth/login', { status: 401, code: 'bad_credentials' })
    await submit('chen', 'not the password')
    const words = 'The user name or the password is not right.'
    expect(noteOf('password')).toBe(words)
    expect(page.text().split(words)).toHaveLength(2)
    expect(field('password').attributes('aria-invalid')).toBe('true')
    expect(document.activeElement).toBe(field('password').element)
  })

  it('a missing network is an error of the form, not of a field, and the fields keep what was typed', async () => {
    await submit('chen', 'correct horse')
    expect(page.get('[role=alert]').text()).toBe('The server cannot be reached. Check the network and try again.')
    expect(field('password').element.value).toBe('correct horse')
  })

  it('checks what can be known without asking the server', async () => {
    await page.get('[data-testid=auth-toggle]').trigger('click')
    await submit('ab', 'correct horse')
    expect(noteOf('username')).toBe('Use 3 to 32 letters, digits, dots, dashes or underscores.')
    await submit('abc', 'short')
    expect(noteOf('password')).toBe('Too short, or too easy to guess.')
    expect(requests).toEqual([])
  })

  it('asks for the set-up code only when the server wants it, and sends it then', async () => {
    await page.get('[data-testid=auth-toggle]').trigger('click')
    expect(page.find('[data-testid=auth-setup-code]').exists()).toBe(false)
    answers.set('/api/auth/register', { status: 403, code: 'setup_code_required' })
    await submit('first', 'correct horse')
    expect(document.activeElement).toBe(field('setup-code').element)
    expect(noteOf('setup-code')).toContain('first account')
    await field('setup-code').setValue('K7-42')
    await submit('first', 'correct horse')
    expect(requests.at(-1)?.body).toMatchObject({ username: 'first', setupCode: 'K7-42' })
    expect(noteOf('setup-code')).toBe('This set-up code is not right.')
  })

  it('shows and hides the password', async () => {
    const toggle = page.get('[aria-label="Show password"]')
    expect(field('password').attributes('type')).toBe('password')
    await toggle.trigger('click')
    expect(field('password').attributes('type')).toBe('text')
    expect(toggle.attributes('aria-pressed')).toBe('true')
  })
})
