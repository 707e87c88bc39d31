import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MessageRow } from '#parley/client/types.ts'
import ConversationMissing from '#parley/components/conversation/ConversationMissing.vue'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'

const row = (change: Partial<MessageRow>): MessageRow => ({
  kind: 'message', cid: 'm-1', sender: 'u-chen', at: 0, mine: true, state: 'failed', content: { type: 'text', text: 'I object' }, reactions: [], ...change,
})

describe('a conversation that is not there', () => {
  beforeEach(() => void adoptStub())
  afterEach(() => host().end({ erase: false }))

  it('[F53, U-D2] shows what was written there and not sent, why, and lets it be thrown away', async () => {
    const page = await mountSuspended(ConversationMissing, { props: { unsent: [row({ failure: 'not_found' }), row({ cid: 'm-2', state: 'queued' })], sender: 'chen' } })
    const [failed, queued] = page.findAll('[data-testid="message"]')
    expect(failed?.text()).toContain('I object')
    expect(failed?.text()).toContain('you are no longer a member')
    expect(queued?.text()).toContain('Waiting to be sent')
    expect(queued?.find('[data-testid="discard"]').exists()).toBe(false)
    await failed?.get('[data-testid="discard"]').trigger('click')
    expect(page.emitted('discard')).toEqual([['m-1']])
  })

  it('shows no list when nothing waits', async () => {
    const page = await mountSuspended(ConversationMissing)
    expect(page.find('ul').exists()).toBe(false)
    expect(page.text()).toContain('There is no such conversation')
  })
})
