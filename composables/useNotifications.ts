import { useDocumentVisibility, useEventListener, useWindowFocus } from '@vueuse/core'
import type { ChatClient, MessageRow } from '#parley/client/types.ts'
import { closeNotifications, pathOf, showNotification } from '#parley/composables/notifications/browser-notifications.ts'
import { planNotification } from '#parley/composables/notifications/notification-rules.ts'
import type { Surroundings } from '#parley/composables/notifications/notification-rules.ts'
import { notificationWords } from '#parley/composables/notifications/notification-words.ts'
import type { NotificationTexts, NotificationWords } from '#parley/composables/notifications/notification-words.ts'
import { createTabAgreement } from '#parley/composables/notifications/tab-agreement.ts'
import type { TabAgreement } from '#parley/composables/notifications/tab-agreement.ts'
import { createTone } from '#parley/composables/notifications/tone.ts'
import { contentLine } from '#parley/composables/useConversationPreview.ts'

/** A message for a card in the page. */
export interface MessageCard extends NotificationWords { conversation: string, path: string, sender: string, senderName: string }

export interface NotificationHost {
  /** What the device and the account want, at this moment. */
  wishes(): Promise<Pick<Surroundings, 'allowed' | 'sound' | 'settings'>>
  /** Conversation that the page shows; empty: none. */
  shown(): string
  texts(): NotificationTexts
  show(card: MessageCard): void
  open(path: string): void
}

interface News { row: MessageRow, live: boolean }

/** Tells of new messages, in this page or by the browser (U-N1, U-N2). One per page. */
export function useNotifications(host: NotificationHost): void {
  const chat = useChatHost()
  const visibility = useDocumentVisibility()
  const focused = useWindowFocus()
  const inFront = () => visibility.value === 'visible' && focused.value
  const tone = createTone()
  const waiting = new Map<string, News>()
  let tabs: TabAgreement | undefined
  let connections = 0

  async function tell(client: ChatClient, conversation: string, { row, live }: News): Promise<void> {
    // As it is now, not as it will be when the settings are known.
    const front = inFront()
    const looked = front && host.shown() === conversation
    const fronts = await tabs?.fronts() ?? new Set<string>()
    if (looked || fronts.has(conversation) || client.conversation(conversation)?.notify === 'none') return
    const { allowed, sound, settings } = await host.wishes()
    const view = client.conversation(conversation)
    if (view === undefined || row.seq === undefined || chat.client.value !== client) return
    const plan = planNotification(
      { notify: view.notify, mentioned: row.mentions?.includes(client.account.id) === true, read: view.readSeq >= row.seq, live, at: row.at },
      { lookedAt: false, inFront: front, otherInFront: !front && fronts.size > 0, allowed, sound, settings, now: Date.now() },
    )
    if ((plan.show === 'none' && !plan.ring) || await tabs?.claim(conversation, row.seq) !== true) return
    // Read or deleted while the tabs agreed.
    const now = client.conversation(conversation)
    if (now === undefined || now.readSeq >= row.seq) return
    const sender = client.user(row.sender)?.displayName ?? now.label
    const words = notificationWords({ kind: now.kind, label: now.label, sender, line: contentLine(row.content), count: now.notify === 'mentions' ? now.mentions : now.unread, hideText: settings.hideText }, host.texts())
    const rang = plan.ring && tone.ring()
    if (plan.show === 'page') host.show({ ...words, conversation, path: pathOf(conversation, row.seq), sender: row.sender, senderName: sender })
    else if (plan.show === 'system') {
      await showNotification({ ...words, account: client.account.id, conversation, seq: row.seq, at: row.at, silent: rang || !sound }, host.open)
    }
  }

  function tellAll(): void {
    const client = chat.client.value
    const news = [...waiting]
    waiting.clear()
    if (client === undefined) return
    for (const [conversation, each] of news) tell(client, conversation, each).catch((error: unknown) => console.warn('[parley] no notification', error))
  }

  onScopeDispose(chat.follow({
    begin(client) {
      tabs = createTabAgreement(client.account.id)
      tabs.front(inFront() ? host.shown() : undefined)
      connections = client.connection().name === 'online' ? 1 : 0
    },
    change(change) {
      if (change.type === 'connection' && change.state.name === 'online') connections++
      // What the first connection finds was there before this page: the list shows it.
      if (change.type !== 'message' || (!change.live && connections < 2)) return
      // Of what comes together the last message is told, with the count of all. Not by a timer: those of a hidden page wait for a minute.
      if (waiting.size === 0) queueMicrotask(tellAll)
      waiting.set(change.conversation, change)
    },
    end() {
      tabs?.close()
      tabs = undefined
      waiting.clear()
    },
  }))
  onScopeDispose(() => {
    tabs?.close()
    tone.close()
  })
  watch([visibility, focused, host.shown], () => tabs?.front(inFront() ? host.shown() : undefined))

  // What was read needs no notification any more, wherever it was read.
  const readBefore = new Map<string, number>()
  const conversations = useConversationsStore()
  watch(() => conversations.all, (all) => {
    // Of what is seen first too: it may have been read while this was loading.
    const moved = all.filter(({ id, readSeq }) => readBefore.get(id) !== readSeq)
    for (const { id, readSeq } of moved) readBefore.set(id, readSeq)
    const me = chat.client.value?.account.id
    if (moved.length > 0) void closeNotifications(({ account, conversation, seq }) => account === me && (readBefore.get(conversation) ?? 0) >= seq)
  }, { immediate: true })

  useServiceWorkerQuestions(host.open)
}

/** The service worker asks whether a page has a message already, and has one opened on a click. */
function useServiceWorkerQuestions(open: (path: string) => void): void {
  const chat = useChatHost()
  if (!('serviceWorker' in navigator)) return
  useEventListener(navigator.serviceWorker, 'message', ({ data, ports }: MessageEvent<{ type?: string, account?: string, conversation?: string, seq?: number, path?: string } | null>) => {
    if (data?.type === 'open' && data.path?.startsWith('/chat/')) open(data.path)
    if (data?.type !== 'has') return
    const client = chat.client.value
    const has = client?.account.id === data.account && (client?.conversation(data.conversation ?? '')?.head ?? 0) >= (data.seq ?? Infinity)
    ports[0]?.postMessage(has)
  })
  navigator.serviceWorker.startMessages()
}
