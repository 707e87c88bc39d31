import type { ConversationView, Draft, MessageRow } from '#parley/client/types.ts'
import { createDraftKeeper } from '#parley/composables/composer/draft-keeper.ts'
import { createTypingSignal } from '#parley/composables/composer/typing-signal.ts'
import { textOf } from '#parley/composables/timeline/permissions.ts'
import type { Content } from '#parley/shared/model.ts'
import { codePointLength, limits } from '#parley/shared/protocol/index.ts'

export interface ComposerProps {
  conversation: ConversationView
  draft?: Draft | undefined
  replyTo?: MessageRow | undefined
  editing?: MessageRow | undefined
  disabledReason?: string | undefined
  /** Files that go with the message: it then needs no text. */
  files?: number
}

/** What leaves the composer. `replaces` is the failed row that this message is written anew from; it is to be discarded. */
export interface ComposedMessage { content: Content, replyTo?: number, replaces?: string }

export interface ComposerOptions {
  /** Reactive. */
  props: Readonly<ComposerProps>
  send: (message: ComposedMessage) => void
  edit: (change: { target: number, content: Content }) => void
  draft: (draft: Draft | undefined, conversation: string) => void
  typing: (on: boolean) => void
  cancelEdit: () => void
}

/** A row whose text is taken up as a new message: it was never committed, or is deleted. */
const writtenAnew = (row: MessageRow): boolean => row.seq === undefined || row.deletedAt !== undefined

export type ComposerBlock = { kind: 'none' } | { kind: 'empty' } | { kind: 'too-long', over: number }

/** The text being written: a new message or an edit, kept apart so that neither ever overwrites the other (U-P6, U-P7). */
export function useComposer(options: ComposerOptions) {
  const { props } = options
  const text = ref('')
  /** The new message that waits while another is edited. */
  const waiting = ref('')
  const target = shallowRef<MessageRow>()
  const replaces = ref<string>()

  const keeper = createDraftKeeper({ save: options.draft, now: Date.now })
  const signal = createTypingSignal(options.typing, () => performance.now())
  const length = computed(() => codePointLength(text.value))
  const block = computed<ComposerBlock>(() => {
    if (text.value.trim() === '' && (target.value !== undefined || !props.files)) return { kind: 'empty' }
    return length.value > limits.textCodePoints ? { kind: 'too-long', over: length.value - limits.textCodePoints } : { kind: 'none' }
  })

  function takeConversation(): void {
    keeper.open(props.conversation.id)
    signal.stop()
    target.value = undefined
    replaces.value = undefined
    text.value = props.draft?.text ?? ''
    takeEdit(props.editing)
  }

  /** Enters or leaves the edit of a row; the new message waits and comes back. */
  function takeEdit(row: MessageRow | undefined): void {
    if (row !== undefined && writtenAnew(row)) {
      const before = target.value === undefined ? text.value : waiting.value
      target.value = undefined
      change(before.trim() === '' ? textOf(row) : `${before}\n${textOf(row)}`)
      replaces.value = row.deletedAt === undefined ? row.cid : undefined
      options.cancelEdit()
      return
    }
    if (row?.cid === target.value?.cid) return
    if (target.value === undefined) waiting.value = text.value
    target.value = row
    text.value = row === undefined ? waiting.value : textOf(row)
    signal.stop()
  }

  /** The user changed the text. */
  function change(next: string): void {
    text.value = next
    if (target.value !== undefined) return
    keeper.change(next, props.replyTo?.seq)
    signal.changed(next.trim() !== '')
  }

  /** True when something left the box. */
  function submit(): boolean {
    if (block.value.kind !== 'none' || props.disabledReason !== undefined) return false
    const content: Content = { type: 'text', text: text.value }
    const edited = target.value
    if (edited !== undefined) {
      if (edited.seq !== undefined && text.value !== textOf(edited)) options.edit({ target: edited.seq, content })
      takeEdit(undefined)
      options.cancelEdit()
      return true
    }
    const message: ComposedMessage = { content }
    if (props.replyTo?.seq !== undefined) message.replyTo = props.replyTo.seq
    if (replaces.value !== undefined) message.replaces = replaces.value
    text.value = ''
    replaces.value = undefined
    signal.stop()
    options.send(message)
    keeper.clear() // behind it: what it goes with, files, must not lose its text to a crash in between (U-P6)
    return true
  }

  takeConversation()
  // One watcher, and not a synchronous one: props are set one by one, and the draft of the old conversation would be taken for the new one.
  watch(() => [props.conversation.id, props.editing] as const, ([id, row], [before]) => {
    if (id === before) takeEdit(row)
    else takeConversation()
  })
  watch(() => props.replyTo?.seq, (seq, before) => {
    if (seq !== before && target.value === undefined && (text.value !== '' || seq !== undefined)) keeper.change(text.value, seq)
  })
  watch(() => props.draft, (draft) => {
    if (!keeper.isNews(draft)) return
    if (target.value !== undefined) waiting.value = draft.text
    else if (text.value !== draft.text) text.value = draft.text
  })
  const flush = (): void => keeper.flush()
  // In the capture phase, before the client core hears of it: the device writes in order, and behind the core's own large cache a
  // draft would come too late for a page that is going away.
  onMounted(() => window.addEventListener('pagehide', flush, { capture: true }))
  onBeforeUnmount(() => {
    window.removeEventListener('pagehide', flush, { capture: true })
    signal.stop()
    keeper.flush()
  })

  return { text, length, block, target, change, submit, stopTyping: () => signal.stop(), flush }
}
