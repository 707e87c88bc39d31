import type { ConversationView } from '#parley/client/types.ts'
import { useReading } from '#parley/composables/useReading.ts'
import { textSummary } from '#parley/composables/timeline/message-text.ts'
import type { PinnedMessage } from '#parley/shared/http.ts'
import type { Content } from '#parley/shared/model.ts'

export interface PinnedItem {
  seq: number
  /** User ids. */
  sender: string | undefined
  by: string
  at: number
  /** Undefined until it is known. */
  text: string | undefined
}

const textOf = (content: Content | undefined): string =>
  content === undefined ? '' : 'attachment' in content ? content.text ?? content.attachment.name : content.text

/** Pinned messages, the newest pin first. Which ones is known live (O7); what they say is asked for when that changes. */
export function usePinnedMessages(conversation: () => ConversationView) {
  const reading = useReading()
  const messages = useMessagesStore()
  const known = shallowRef(new Map<number, PinnedMessage>())
  const pins = computed(() => conversation().pins ?? [])

  async function ask(id: string): Promise<void> {
    const answer = await reading.pins(id)
    if (answer.kind === 'ok' && id === conversation().id) known.value = new Map(answer.value.pins.map(pin => [pin.seq, pin]))
  }
  watch(() => `${conversation().id} ${pins.value.map(({ seq, editedAt }) => `${seq}.${editedAt ?? ''}`).join()}`, () => {
    if (pins.value.length > 0) void ask(conversation().id)
  }, { immediate: true })

  /** What the timeline holds is as new as can be, and there without a network. */
  const held = computed(() => {
    const wanted = new Set(pins.value.map(pin => pin.seq))
    const rows = messages.timeline(conversation().id)?.rows ?? []
    return new Map(rows.filter(row => row.seq !== undefined && wanted.has(row.seq)).map(row => [row.seq, row]))
  })

  return computed((): PinnedItem[] => pins.value.map(({ seq, by, at }) => {
    const row = held.value.get(seq)
    const message = row?.kind === 'message' ? row : known.value.get(seq)?.message
    return { seq, by, at, sender: message?.sender, text: message === undefined ? undefined : textSummary(textOf(message.content), 200) }
  }).reverse())
}
