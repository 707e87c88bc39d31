import { shallowReactive, type Component } from 'vue'
import type { MessageRow } from '#parley/client/types.ts'
import type { JsonValue } from '#parley/shared/model.ts'

/** What a component gets that shows messages of a type of its own; it may emit `react` with an emoji and whether it is to be there. */
export interface CustomMessageProps {
  /** `data` of the content: checked by `accepts`, and by nothing else. */
  data: JsonValue
  row: MessageRow
  /** Whether its controls are tab stops: those of one message of a timeline are (U-A1). */
  tab: boolean
}

/** How messages with content `custom` of one name are shown. */
export interface MessageType {
  /** With {@link CustomMessageProps}; `defineAsyncComponent` keeps it out of the first load. */
  component: Component
  /** Whether this data can be shown: anyone who may write can send anything under any name. What is not accepted shows its text. */
  accepts: (data: JsonValue) => boolean
  /** Px that it is likely to need, reserved before the component is there. */
  height?: number
}

/** Types of this app, not of a user: the same for all requests of a server. */
const types = shallowReactive(new Map<string, MessageType>())

/**
 * Shows messages with content `custom` of this name by a component, in every timeline. Call it in a Nuxt plugin. Lists, notifications,
 * quotes, copies, the search and screen readers have the content's own text, and so have clients that do not know the type.
 *
 * @returns takes it back
 */
export function defineMessageType(name: string, type: MessageType): () => void {
  types.set(name, type)
  return () => {
    if (types.get(name) === type) types.delete(name)
  }
}

/** The type of that name, when it is defined. */
export const messageType = (name: string): MessageType | undefined => types.get(name)
