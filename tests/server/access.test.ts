import { describe, expect, it } from 'vitest'
import type { MemberRole } from '#parley/shared/model.ts'
import { judge, mayMentionAll, type Facts } from '#parley/server/chat/access.ts'
import type { LogChange } from '#parley/server/chat/ports.ts'

const facts = (change: Partial<Facts> = {}): Facts => ({
  actor: 'me', conversation: { kind: 'group', closed: false }, role: 'member', blocked: false, now: 1_000,
  target: { kind: 'message', sender: 'me', deleted: false, at: 900 }, subject: { role: 'member', lastOwner: false }, ...change,
})

const text = { type: 'text', text: 'hi' } as const
const message: LogChange = { kind: 'message', content: text }
const reply: LogChange = { ...message, replyTo: 3 }
const edit: LogChange = { kind: 'edit', target: 3, content: text }
const remove: LogChange = { kind: 'delete', target: 3 }
const react: LogChange = { kind: 'reaction', target: 3, emoji: '👍', on: true }
const rename: LogChange = { kind: 'meta', title: 'x' }
const member = (change: 'join' | 'leave' | 'role', user = 'you', role?: MemberRole): LogChange => ({ kind: 'member', user, change, ...(role ? { role } : {}) })
const everything = [message, edit, remove, react, rename, member('join'), member('leave'), member('leave', 'me'), member('role', 'you', 'admin')]

const code = (change: LogChange, given: Partial<Facts> = {}) => judge(change, facts(given))?.code ?? 'ok'
const direct = { conversation: { kind: 'direct', closed: false } } as const
const channel = { conversation: { kind: 'channel', closed: false } } as const
const closed = { conversation: { kind: 'group', closed: true } } as const
const theirs = { kind: 'message', sender: 'you', deleted: false, at: 900 } as const

describe('access', () => {
  it('[S8] one answer for a stranger and for a conversation that does not exist, whatever the op', () => {
    for (const change of everything) {
      const answers = [judge(change, facts({ role: undefined })), judge(change, facts({ conversation: undefined, role: undefined }))]
      expect(answers[0]).toEqual(answers[1])
      expect(answers[0]?.code).toBe('not_found')
    }
  })

  it.each<[string, LogChange, Partial<Facts>, string]>([
    ['[§1] members send in a group', message, {}, 'ok'],
    ['[§1] members do not send in a channel', message, channel, 'forbidden'],
    ['[§1] admins send in a channel', message, { ...channel, role: 'admin' }, 'ok'],
    ['[§1] owners send in a channel', message, { ...channel, role: 'owner' }, 'ok'],
    ['[§1] members react in a channel', react, channel, 'ok'],
    ['[S8] a reply to nothing', reply, { target: undefined }, 'bad_target'],
    ['[S8] a reply to what is no message', reply, { target: { ...theirs, kind: 'member' } }, 'bad_target'],
    ['[S8] a reply to a deleted message may cross its deletion', reply, { target: { ...theirs, deleted: true } }, 'ok'],
    ['[S8] one edits own messages', edit, {}, 'ok'],
    ['[S8] nobody edits others\', not even owners', edit, { role: 'owner', target: theirs }, 'forbidden'],
    ['[S8] an edit of nothing', edit, { target: undefined }, 'bad_target'],
    ['[S8] an edit of a deleted message', edit, { target: { ...theirs, sender: 'me', deleted: true } }, 'bad_target'],
    ['[S8] one deletes own messages', remove, {}, 'ok'],
    ['[S8] members do not delete others\'', remove, { target: theirs }, 'forbidden'],
    ['[S8] admins delete others\'', remove, { role: 'admin', target: theirs }, 'ok'],
    ['[S8] own messages within the recall limit', remove, { recallLimit: 100 }, 'ok'],
    ['[S8] own messages beyond the recall limit', remove, { recallLimit: 99 }, 'forbidden'],
    ['[S8] admins have no recall limit', remove, { role: 'admin', recallLimit: 1 }, 'ok'],
    ['[S8] a deletion of what is no message', remove, { role: 'owner', target: { ...theirs, kind: 'reaction' } }, 'bad_target'],
    ['[S9] a deletion of a deleted message', remove, { target: { ...theirs, sender: 'me', deleted: true } }, 'ok'],
    ['[S9] a reaction to a deleted message', react, { target: { ...theirs, deleted: true } }, 'ok'],
    ['[S8] a reaction to nothing', react, { target: undefined }, 'bad_target'],
    ['[S9] blocked in a direct conversation', message, { ...direct, blocked: true }, 'forbidden'],
    ['[S9] a block means nothing in a group', message, { blocked: true }, 'ok'],
  ])('%s', (_title, change, given, expected) => {
    expect(code(change, given)).toBe(expected)
  })

  it.each<[string, LogChange, Partial<Facts>, string]>([
    ['members do not invite', member('join'), { subject: { lastOwner: false } }, 'forbidden'],
    ['admins invite', member('join'), { role: 'admin', subject: { lastOwner: false } }, 'ok'],
    ['admins invite no owners', member('join', 'you', 'owner'), { role: 'admin', subject: { lastOwner: false } }, 'forbidden'],
    ['owners invite owners', member('join', 'you', 'owner'), { role: 'owner', subject: { lastOwner: false } }, 'ok'],
    ['a member cannot join', member('join'), { role: 'admin' }, 'bad_target'],
    ['nobody can join who is not there', member('join'), { role: 'admin', subject: undefined }, 'bad_target'],
    ['anyone leaves', member('leave', 'me'), {}, 'ok'],
    ['the last owner may leave', member('leave', 'me'), { role: 'owner', subject: { role: 'owner', lastOwner: true } }, 'ok'],
    ['members remove nobody', member('leave'), {}, 'forbidden'],
    ['admins remove members', member('leave'), { role: 'admin' }, 'ok'],
    ['admins do not remove owners', member('leave'), { role: 'admin', subject: { role: 'owner', lastOwner: false } }, 'forbidden'],
    ['owners remove owners', member('leave'), { role: 'owner', subject: { role: 'owner', lastOwner: false } }, 'ok'],
    ['strangers cannot be removed', member('leave'), { role: 'owner', subject: { lastOwner: false } }, 'bad_target'],
    ['members change no roles', member('role', 'me', 'owner'), {}, 'forbidden'],
    ['admins make admins', member('role', 'you', 'admin'), { role: 'admin' }, 'ok'],
    ['admins make no owners', member('role', 'you', 'owner'), { role: 'admin' }, 'forbidden'],
    ['admins do not change owners', member('role', 'you', 'member'), { role: 'admin', subject: { role: 'owner', lastOwner: false } }, 'forbidden'],
    ['owners make owners', member('role', 'you', 'owner'), { role: 'owner' }, 'ok'],
    ['a conversation keeps an owner', member('role', 'me', 'member'), { role: 'owner', subject: { role: 'owner', lastOwner: true } }, 'forbidden'],
    ['members rename nothing', rename, {}, 'forbidden'],
    ['admins rename', rename, { role: 'admin' }, 'ok'],
  ])('[§11] %s', (_title, change, given, expected) => {
    expect(code(change, given)).toBe(expected)
  })

  it('[§11] the members of a direct conversation do not change', () => {
    for (const change of [member('join'), member('leave'), member('leave', 'me'), member('role', 'you', 'admin')]) {
      expect(code(change, { ...direct, role: 'owner' })).toBe('forbidden')
    }
  })

  it('[§11] a closed conversation takes nothing but leaving', () => {
    for (const change of everything) {
      const leaving = change.kind === 'member' && change.change === 'leave' && change.user === 'me'
      expect(code(change, { ...closed, role: 'owner' })).toBe(leaving ? 'ok' : 'conversation_closed')
    }
  })

  it('attachments are not there yet, in messages and edits', () => {
    const content = { type: 'file', attachment: { id: 'a', name: 'a', mime: 'a/b', size: 1 } } as const
    expect(code({ kind: 'message', content })).toBe('attachment_missing')
    expect(code({ kind: 'edit', target: 3, content })).toBe('attachment_missing')
  })

  it('[S9] @all needs an admin in conversations of more than 20', () => {
    expect([mayMentionAll('member', 20), mayMentionAll('member', 21), mayMentionAll('admin', 21), mayMentionAll('owner', 5_000)]).toEqual([true, false, true, true])
  })
})
