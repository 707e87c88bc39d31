import { makeCid } from '#parley/shared/cid.ts'
import type { ConversationSummary, Member, Message, UserSummary } from '#parley/shared/model.ts'
import { stubAccount, summary, type StubWorld } from '#parley/tests/helpers/stub-chat-client.ts'

/** A small office, Chinese and English mixed, for component tests. All times count back from `now`. */
const people = {
  chen: stubAccount,
  lin: { id: 'u-lin', username: 'lin', displayName: '林小雨' },
  maya: { id: 'u-maya', username: 'maya', displayName: 'Maya Okafor' },
  wang: { id: 'u-wang', username: 'wanglei', displayName: '王磊' },
  jonas: { id: 'u-jonas', username: 'jonas', displayName: 'Jonas Weber' },
} satisfies Record<string, UserSummary>

const member = (user: UserSummary, change: Partial<Member> = {}): Member => ({ user, role: 'member', readSeq: 0, deliveredSeq: 0, state: 'offline', ...change })
const minute = 60_000
const day = 24 * 60 * minute

let made = 0
function said(seq: number, sender: UserSummary, at: number, text: string): Message {
  return { seq, cid: makeCid(new Uint8Array(16).fill(++made), at), sender: sender.id, at, content: { type: 'text', text }, reactions: [] }
}

export function sampleWorld(now: number): Required<Pick<StubWorld, 'users' | 'conversations' | 'messages' | 'now'>> {
  const launch = [member(stubAccount, { role: 'owner', state: 'online' }), member(people.lin, { role: 'admin', state: 'online' }), member(people.maya, { state: 'online' }), member(people.wang), member(people.jonas)]
  const conversations: ConversationSummary[] = [
    summary('c-launch', { title: '上海 launch room', role: 'owner', members: launch, memberCount: 5, head: 4, readSeq: 4, createdAt: now - 9 * day }),
    summary('c-maya', { kind: 'direct', title: '', members: [member(stubAccount), member(people.maya, { state: 'online' })], head: 2, readSeq: 0, unread: 2 }),
    summary('c-deploys', { title: 'Deploys', members: [member(stubAccount), member(people.jonas)], memberCount: 12, head: 1, readSeq: 0, unread: 1, mentions: 1 }),
    summary('c-wang', { kind: 'direct', title: '', members: [member(stubAccount), member(people.wang, { state: 'idle' })], head: 1, readSeq: 1 }),
    summary('c-random', { title: 'Random', members: [member(stubAccount), member(people.lin)], memberCount: 31, head: 140, readSeq: 1, unread: 139, notify: 'none' }),
    summary('c-self', { kind: 'direct', title: '', members: [member(stubAccount)], memberCount: 1, head: 1, readSeq: 1 }),
  ]
  return {
    users: Object.values(people),
    conversations,
    messages: {
      'c-launch': [
        said(1, people.lin, now - 5 * 60 * minute, '早上好！昨天的反馈我都整理好了，放在共享文件夹里。'),
        said(2, stubAccount, now - 4 * 60 * minute, 'I love the dusk palette. Can we try the title in white?'),
        said(3, people.maya, now - 90 * minute, 'White works. Also: can someone check the train times to 苏州 for Thursday?'),
        said(4, people.lin, now - 2 * minute, '我把海报发上来了，大家看看'),
      ],
      'c-maya': [said(1, people.maya, now - 15 * minute, 'Dinner at six?'), said(2, people.maya, now - 14 * minute, 'Perfect, see you at six then')],
      'c-deploys': [said(1, people.jonas, now - 36 * minute, '@chen can you approve #218?')],
      'c-wang': [said(1, people.wang, now - day, '明天的会议改到三点')],
      'c-random': [said(140, people.lin, now - 4 * day, 'that cat again 😹')],
      'c-self': [said(1, stubAccount, now - 40 * day, 'Ask for the second quote')],
    },
    now,
  }
}
