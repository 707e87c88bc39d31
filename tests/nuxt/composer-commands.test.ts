import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import MessageComposer from '#parley/components/chat/composer/MessageComposer.vue'
import type { ConversationView, MessageRow } from '#parley/client/types.ts'
import { jsonBody } from '#parley/tests/helpers/endpoint.ts'
import { account, conversation, message, users } from '#parley/tests/nuxt/timeline-fixtures.ts'

/** What is loaded when it is wanted takes its time on a machine that is shared. */
const patience = { timeout: 20_000 }
vi.setConfig({ testTimeout: 30_000 })

const bot = { id: 'bot', username: 'bot', displayName: 'Deployer', bot: true }
/** What the server was asked to run, and what it says; undefined: the line is cut. */
let ran: { name: string, args: string, cid: string }[] = []
let outcome: (() => unknown) | undefined
let changed: unknown[] = []

registerEndpoint('/api/conversations/room/commands', { method: 'GET', handler: () => ({ commands: [{ name: 'deploy', description: 'Deploys a branch', bot }, { name: 'deploy-all', bot }, { name: 'leave', bot }] }) })
registerEndpoint('/api/conversations/room/commands', {
  method: 'POST',
  handler: (event) => {
    ran.push(jsonBody(event) as typeof ran[0])
    return outcome!()
  },
})
registerEndpoint('/api/conversations/room', {
  method: 'PATCH',
  handler: (event) => {
    changed.push(jsonBody(event))
    return { conversation: {} }
  },
})

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_000_000 })
  ran = []
  changed = []
  outcome = () => ({ outcome: 'posted', seq: 7 })
  return () => vi.useRealTimers()
})

async function mount(more: Partial<ConversationView> = {}, props: { editing?: MessageRow } = {}) {
  const composer = await mountSuspended(MessageComposer, { props: { conversation: conversation(more), users, account, ...props }, attachTo: document.body })
  const box = composer.get<HTMLTextAreaElement>('[data-testid=composer]')
  vi.advanceTimersByTime(1_000)
  const status = () => composer.find('[data-testid=command-status]')
  return {
    composer, box, status,
    async type(text: string) {
      await box.setValue(text)
      box.element.setSelectionRange(text.length, text.length)
      await box.trigger('input')
      await vi.dynamicImportSettled()
      await nextTick()
    },
    key: (key: string, more: object = {}) => box.trigger('keydown', { key, keyCode: 65, ...more }),
    options: () => composer.findAll('[data-testid=popup-option]').map(option => option.attributes('data-value')),
    sent: () => (composer.emitted('send') ?? []).map(([sent]) => (sent as { content: { text: string } }).content.text),
    shows: (state: string) => vi.waitFor(() => expect(status().attributes('data-state')).toBe(state), patience),
    empty: () => vi.waitFor(() => expect(box.element.value).toBe(''), patience),
  }
}

describe('[U-P14] the list of commands', () => {
  it('offers those of the conversation by name and what they do; ↑ ↓ and Tab or Enter put one in and run nothing', async () => {
    const { composer, box, type, key, options, sent } = await mount({ role: 'owner' })
    await type('/')
    await vi.waitFor(() => expect(options()).toEqual(['/help', '/topic', '/rename', '/invite', '/mute', '/unmute', '/leave', '/deploy', '/deploy-all']), patience)
    await type('/dep')
    expect(composer.get('[data-testid=popup-option]').text()).toContain('Deploys a branch')
    await key('ArrowDown')
    await key('Enter')
    expect([box.element.value, sent(), ran]).toEqual(['/deploy-all ', [], []])
  })

  it('leaves out what one may not do, comes for the first sign only, and not for a path', async () => {
    const { type, options } = await mount({ role: 'member' })
    await type('/')
    await vi.waitFor(() => expect(options()).toContain('/deploy'), patience)
    expect(options()).not.toContain('/rename')
    for (const text of ['and /', '/usr/bin', ' /', '//help', '/topic new']) {
      await type(text)
      expect({ text, options: options() }).toEqual({ text, options: [] })
    }
  })

  it('[U-P2] while an input method composes, the keys are its own; Esc closes', async () => {
    const { box, type, key, options, sent } = await mount()
    await type('/mu')
    await box.trigger('compositionstart')
    await key('Enter', { isComposing: true, keyCode: 229 })
    expect([box.element.value, options()]).toEqual(['/mu', ['/mute']])
    await box.trigger('compositionend')
    vi.useRealTimers()
    await vi.waitFor(async () => {
      await key('Escape')
      expect(options()).toEqual([])
    })
    expect(sent()).toEqual([])
  })
})

describe('[U-P14] a command', () => {
  it('of a bot is asked of the server once, is never a message, and leaves the box when it is done', async () => {
    const { type, key, sent, empty, shows, box } = await mount()
    let answer = (_: unknown): void => undefined
    outcome = () => new Promise(resolve => void (answer = resolve))
    await type('/Deploy main\nnow')
    await key('Enter')
    await shows('running')
    await vi.waitFor(() => expect(ran).toHaveLength(1), patience)
    await key('Enter')
    expect(box.element.value).toBe('/Deploy main\nnow')
    answer({ outcome: 'silent' })
    await empty()
    expect(ran).toMatchObject([{ name: 'deploy', args: 'main\nnow' }])
    expect(sent()).toEqual([])
  })

  it('that fails says so and stays; the next key puts the words away', async () => {
    const { type, key, shows, status, sent, box } = await mount()
    outcome = () => ({ outcome: 'failed', error: '500' })
    await type('/deploy main')
    await key('Enter')
    await shows('problem')
    expect(status().text()).toContain('Deployer did not carry out /deploy')
    expect([box.element.value, sent()]).toEqual(['/deploy main', []])
    await type('/deploy main!')
    expect(status().exists()).toBe(false)
  })

  it('[S3] whose answer was lost is asked for again under the same cid, and nothing of it is a message', async () => {
    const { type, key, shows, status, sent, empty } = await mount()
    outcome = () => new Response('no server behind the proxy', { status: 502 })
    await type('/deploy main')
    await key('Enter')
    await shows('problem')
    expect(status().text()).toContain('need a connection')
    outcome = () => ({ outcome: 'posted', seq: 1 })
    await key('Enter')
    await empty()
    expect(ran).toHaveLength(2)
    expect(ran[0]?.cid).toBe(ran[1]?.cid)
    expect(sent()).toEqual([])
  })

  it('that is built in does what the interface does; without what it needs it asks for it; the name of a bot\'s is not taken for it', async () => {
    const { type, key, shows, status, empty, sent } = await mount({ role: 'owner' })
    await type('/topic ')
    await key('Enter')
    await shows('problem')
    expect(status().text()).toContain('/topic <topic>')
    await type('/topic  Plans for May ')
    await key('Enter')
    await empty()
    expect(changed).toEqual([{ topic: 'Plans for May' }])
    await type('/leave')
    await key('Enter')
    await vi.waitFor(() => expect(document.querySelector('[data-testid=confirm]')).not.toBeNull(), patience)
    expect([ran, sent()]).toEqual([[], []])
  })

  it('that one may not run is refused here', async () => {
    const { type, key, shows } = await mount({ role: 'member' })
    await type('/rename Mine')
    await key('Enter')
    await shows('problem')
    expect(changed).toEqual([])
  })
})

describe('[U-P14] no command', () => {
  it.each(['/usr/bin/env', '/ hello', 'a /leave', ' /leave', '// a comment', '/*', '/100%'])('%s is sent as it stands', async (text) => {
    const { type, key, sent, empty } = await mount()
    await type(text)
    await key('Enter')
    await empty()
    expect(sent()).toEqual([text])
  })

  it('a second slash makes a text of a command', async () => {
    const { type, key, sent, empty } = await mount()
    await type('//leave now')
    await key('Enter')
    await empty()
    expect([sent(), ran]).toEqual([['/leave now'], []])
  })

  it.each(['Enter', 'button'])('a name that is unknown is said and kept; it goes out as a message by %s', async (way) => {
    const { composer, type, key, shows, status, sent, box, empty } = await mount()
    await type('/s well done')
    await key('Enter')
    await shows('problem')
    expect(status().text()).toContain('There is no command /s')
    expect([box.element.value, sent()]).toEqual(['/s well done', []])
    if (way === 'Enter') await key('Enter')
    else await composer.get('[data-testid=command-plain]').trigger('click')
    await empty()
    expect(sent()).toEqual(['/s well done'])
    expect(status().exists()).toBe(false)
  })

  it('an edit may begin with a slash', async () => {
    const { composer, type, key } = await mount({}, { editing: message(3, 'me', 'before') })
    await type('/leave')
    await key('Escape')
    await key('Enter')
    expect(composer.emitted('edit')).toEqual([[{ target: 3, content: { type: 'text', text: '/leave' } }]])
  })
})
