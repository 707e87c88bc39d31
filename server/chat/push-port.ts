import type { Content, ConversationKind, NotifyLevel } from '#parley/shared/model.ts'
import type { NotificationSettings } from '#parley/shared/notifications.ts'

/** What a browser gave to be pushed to. */
export interface PushSubscription {
  id: string
  /** User id. */
  user: string
  /** The log-in session it was made in; both end together (A5). */
  login: string
  /** Address at the push service, a secret: who knows it may send. */
  endpoint: string
  /** Public key and secret of the browser, base64url. */
  p256dh: string
  auth: string
  createdAt: number
}

/** A member with a subscription who has not read a message that concerns them. */
export interface PushTarget {
  user: string
  readSeq: number
  deliveredSeq: number
  notify: NotifyLevel
  settings: NotificationSettings
  /** The newest such message. */
  seq: number
  at: number
  /** User id and display name. */
  sender: string
  senderName: string
  content: Content
  /** Whether it mentions them. */
  mentioned: boolean
  /** Unread messages of this conversation that count for them. */
  unread: number
  /** What asks for their attention over all conversations. */
  badge: number
  subscriptions: PushSubscription[]
}

export interface PushTargets {
  conversation: { id: string, kind: ConversationKind, title: string }
  targets: PushTarget[]
  /** Pass as `after` for those who did not fit. */
  next?: string
}

export interface PushTargetsRequest {
  conversation: string
  /** Only messages from this seq on concern anybody. */
  from: number
  now: number
  /** User id up to which the page before went; nobody by default. */
  after?: string
  limit: number
}

/** Push subscriptions, the account's choices about notifications, and whom a message has to be pushed to. */
export interface PushStore {
  /**
   * Keeps a subscription. One endpoint is one browser: it belongs to whoever gave it last, and keeps its id when the same user does. Of a user the newest 20 stay.
   * @returns its id; undefined: the log-in is not the user's, or over
   */
  savePushSubscription(subscription: PushSubscription): Promise<string | undefined>
  /** Those whose log-in stands at `now`, oldest first. */
  pushSubscriptionsOf(user: string, now: number): Promise<PushSubscription[]>
  /** @returns whether it existed and was the user's */
  removePushSubscription(user: string, id: string): Promise<boolean>
  /** The push service says that this one is no more. */
  forgetPushEndpoint(endpoint: string): Promise<void>
  /** Whether anybody has one at `now`. */
  hasPushSubscriptions(now: number): Promise<boolean>
  /** Whether a member of the conversation has one at `now`. */
  reachesByPush(conversation: string, now: number): Promise<boolean>
  notificationSettings(user: string): Promise<NotificationSettings>
  saveNotificationSettings(user: string, settings: NotificationSettings): Promise<void>
  /**
   * Members with a subscription who have an unread message of others since `from` that concerns them: any, or one that mentions them,
   * or none, by their own setting; never one of somebody whom they block. By user id. Undefined: no such conversation, or it is closed.
   */
  pushTargets(request: PushTargetsRequest): Promise<PushTargets | undefined>
}
