import type { Component, InjectionKey, Ref, ShallowRef } from 'vue'
import { inject } from 'vue'
import type { ConversationView, MessageRow, Row } from '#parley/client/types.ts'
import type { Account, UserSummary } from '#parley/shared/model.ts'

/** The open menu of a message, and where on the screen it belongs, px. */
export interface OpenMenu { cid: string, x: number, y: number }

/** What every row of a timeline needs of it. One object, so that a row takes its item and nothing else changes under it. */
export interface TimelineContext {
  conversation: () => ConversationView
  account: () => Account
  /** Zone of the times; undefined = this browser's own. */
  zone: () => string | undefined
  /** The page is as the server wrote it: what loads on demand is not there yet. */
  still: () => boolean
  user: (id: string) => UserSummary | undefined
  /** Display name, or words for someone who is not known yet. */
  name: (id: string) => string
  /** A held row by seq, for quotes. */
  rowOf: (seq: number) => Row | undefined
  /** Cid of the last own message of a group that is stored, under which its readers are counted (U-R4). */
  lastOwn: Readonly<Ref<string | undefined>>
  /** The text of an own message that this tab recalled less than 2 minutes ago (U-T3). */
  recalledText: (cid: string) => string | undefined
  /** Whether one has blocked a user. */
  isBlocked: (id: string) => boolean
  isExpanded: (cid: string) => boolean
  toggle: (cid: string) => void
  menu: Readonly<ShallowRef<OpenMenu | undefined>>
  openMenu: (menu: OpenMenu) => void
  closeMenu: () => void
  act: TimelineActs
}

export interface TimelineActs {
  /** Shows the message with this seq; `from` is the row to come back to. */
  jump: (seq: number, from?: string) => void
  loadOlder: () => void
  retry: (cid: string) => void
  discard: (cid: string) => void
  reply: (row: MessageRow) => void
  edit: (row: MessageRow) => void
  remove: (row: MessageRow) => void
  react: (row: MessageRow, emoji: string, on: boolean) => void
}

export const timelineContext: InjectionKey<TimelineContext> = Symbol('timeline')

/** What shows a message in its place: where a server makes many pages, something that knows rows which it has rendered before. */
export const rowViewKey: InjectionKey<Component> = Symbol('row view')

/** The timeline that a row is in. Throws when there is none: a row cannot be shown alone. */
export function useTimelineContext(): TimelineContext {
  const context = inject(timelineContext)
  if (context === undefined) throw new Error('a message row was rendered outside a timeline')
  return context
}
