import type { Attachment, Content, UserStatus, UserSummary } from '#parley/shared/model.ts'

/** What a user changes of how others see them; null takes it away. */
export interface ProfileChange {
  displayName?: string
  /** Id of an avatar that is stored. */
  avatar?: string | null
  status?: UserStatus | null
}

/** What a user does not show to others; absent = shown. */
export interface Hidden {
  /** How far they have read. */
  reads?: true
  /** Whether they are here, and when they were. */
  presence?: true
}

/** A picture of a person or a conversation, told by its content. */
export interface StoredAvatar {
  /** Hash of the bytes. */
  id: string
  /** Name of the file in the file store. */
  file: string
  mime: string
  /** Bytes. */
  size: number
}

/** A message of a user, wherever it was sent, as it stands now. */
export interface OwnMessage {
  conversation: string
  seq: number
  at: number
  /** Absent when deleted. */
  content?: Content
  replyTo?: number
  editedAt?: number
  deletedAt?: number
}

/** A page of a long list; `next` is the `after` of the page behind it. Pages may be empty. */
export interface OwnPage<T> { items: T[], next?: string }

export interface Closing {
  user: string
  /** Whether the messages go too. */
  erase: boolean
}

export type ClosingResult
  = | { ok: true, user: UserSummary }
    /** `last_admin`: a server keeps an admin, so the last one names another. */
    | { ok: false, code: 'not_found' | 'last_admin' }

/** Profiles, blocks, avatars, and the end of an account. */
export interface PeopleStore {
  /** @returns the user as others see them now; undefined: no such user, or no such avatar */
  saveProfile(user: string, change: ProfileChange): Promise<UserSummary | undefined>
  /** With `presence` hidden, when they were last seen is forgotten and not kept again. */
  saveHidden(user: string, hides: Hidden): Promise<void>
  /** Whom a user has blocked, by name. */
  blockedBy(user: string): Promise<UserSummary[]>
  /** Those among `others` who have blocked a user. */
  blockersOf(user: string, others: readonly string[]): Promise<string[]>

  /**
   * Keeps an avatar. One of the same content is that one; what nobody has used by now is forgotten (its file is erased with those of
   * deleted messages).
   *
   * @param unusedSince ms since 1970: avatars that were stored before it and are nobody's are forgotten
   * @returns the file in which its bytes lie
   */
  addAvatar(avatar: StoredAvatar, at: number, unusedSince: number): Promise<string>
  avatar(id: string): Promise<StoredAvatar | undefined>

  /** Messages of a user in every conversation, also those that they have left. */
  messagesOf(user: string, after: string | undefined, limit: number): Promise<OwnPage<OwnMessage>>
  /** Files that a user has uploaded. */
  filesOf(user: string, after: string | undefined, limit: number): Promise<OwnPage<Attachment & { at: number }>>

  /**
   * Ends an account for good: log-ins, tokens, blocks, picture and names go, the id stays for the messages. The user name is given to
   * nobody else. What takes longer (leaving, erasing) is left for {@link closings}.
   *
   * @param successor becomes admin of the server
   */
  closeAccount(user: string, how: { at: number, erase: boolean, successor?: string }): Promise<ClosingResult>
  /** Accounts that have ended and still are in groups, or whose messages are still to be erased. */
  closings(): Promise<Closing[]>
  finishClosing(user: string): Promise<void>
}

/** What others see of a deleted user until their language says it better. */
export const deletedName = 'Deleted account'
export const deletedUsername = 'deleted'
