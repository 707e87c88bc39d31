import { mountSuspended, registerEndpoint } from '@nuxt/test-utils/runtime'
import axe from 'axe-core'
import { afterEach, describe, expect, it } from 'vitest'
import type { Component } from 'vue'
import ConversationHeader from '#parley/components/conversation/ConversationHeader.vue'
import ConversationList from '#parley/components/conversation/ConversationList.vue'
import DetailsPanel from '#parley/components/conversation/DetailsPanel.vue'
import NewConversationDialog from '#parley/components/conversation/NewConversationDialog.vue'
import LoginPage from '#parley/pages/login.vue'
import { adoptStub, host } from '#parley/tests/helpers/adopt-stub.ts'
import { sampleWorld } from '#parley/tests/helpers/sample-world.ts'

registerEndpoint('/api/users', () => ({ users: sampleWorld(0).users }))

/** Rules that need a layout engine; contrast is held by the tokens and checked in a real browser. */
const needLayout = { 'color-contrast': { enabled: false }, 'target-size': { enabled: false }, 'region': { enabled: false } }

async function violations(component: Component, props: Record<string, unknown> = {}): Promise<string[]> {
  const mounted = await mountSuspended(component, { attachTo: document.body, props })
  try {
    const { violations } = await axe.run(document.body, { rules: needLayout, resultTypes: ['violations'] })
    return violations.map(each => `${each.id}: ${each.nodes.map(node => node.html).join(' ')}`)
  }
  finally {
    mounted.unmount()
  }
}

describe('accessibility (axe)', () => {
  afterEach(() => host().end({ erase: false }))

  it('the log-in page', async () => {
    expect(await violations(LoginPage)).toEqual([])
  })

  it('the conversation list', async () => {
    adoptStub(sampleWorld(Date.now()))
    expect(await violations(ConversationList)).toEqual([])
  })

  it('header and details of a group', async () => {
    const stub = adoptStub(sampleWorld(Date.now()))
    expect(await violations(ConversationHeader, { conversation: stub.conversation('c-launch'), detailsOpen: false })).toEqual([])
    expect(await violations(DetailsPanel, { conversation: stub.conversation('c-launch') })).toEqual([])
  })

  it('the new-conversation dialog', async () => {
    adoptStub(sampleWorld(Date.now()))
    expect(await violations(NewConversationDialog, { open: true })).toEqual([])
  })
})
