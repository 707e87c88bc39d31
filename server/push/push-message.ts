import { createHash } from 'node:crypto'
import type { Content } from '#parley/shared/model.ts'
import type { PushPayload } from '#parley/shared/notifications.ts'
import type { PushSubscription, PushTarget, PushTargets } from '#parley/server/chat/push-port.ts'

/** What one browser is to be told. */
export interface PushMessage {
  subscription: PushSubscription
  /** RFC 8030: a newer message of the same topic takes the place of one that was not brought yet. */
  topic: string
  urgency: 'normal' | 'high'
  /** JSON of a {@link PushPayload}. */
  payload: string
}

/** Code points: a push has room for 4 KB in all. */
const longestText = 240
const longestName = 80

function shortened(text: string, most: number): string {
  const points = [...text.slice(0, most * 4).replace(/\s+/gu, ' ').trim()]
  return points.length > most ? `${points.slice(0, most).join('')}…` : points.join('')
}

function wordsOf(content: Content): Pick<PushPayload, 'text' | 'media'> {
  if (content.type === 'text' || content.type === 'custom') return { text: shortened(content.text, longestText) }
  const text = shortened(content.text ?? '', longestText)
  if (content.type === 'file') return { text: text === '' ? shortened(content.attachment.name, longestName) : text }
  return { media: content.type, ...(text === '' ? {} : { text }) }
}

/** With the browser's secret in it, so that a push service cannot tell which people are in one conversation. */
const topicOf = ({ auth }: PushSubscription, conversation: string): string =>
  createHash('sha256').update(`${auth} ${conversation}`).digest('base64url').slice(0, 32)

/** One message for each browser of a member. */
export function pushMessages({ id, kind, title }: PushTargets['conversation'], target: PushTarget): PushMessage[] {
  const sender = shortened(target.senderName, longestName)
  const payload: PushPayload = {
    version: 1,
    account: target.user,
    conversation: id,
    kind,
    title: kind === 'direct' ? sender : shortened(title, longestName),
    seq: target.seq,
    at: target.at,
    count: target.unread,
    badge: target.badge,
    ...(target.settings.hideText ? {} : { sender, ...wordsOf(target.content) }),
  }
  const urgency = kind === 'direct' || target.mentioned ? 'high' : 'normal'
  return target.subscriptions.map(subscription => ({ subscription, topic: topicOf(subscription, id), urgency, payload: JSON.stringify(payload) }))
}
