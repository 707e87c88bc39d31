import { createPinia, setActivePinia } from 'pinia'
import type { FunctionalComponent, PropType, VNode } from 'vue'
import { createSSRApp, createStaticVNode, h, reactive } from 'vue'
import type { I18nOptions } from 'vue-i18n'
import { createI18n } from 'vue-i18n'
import { renderToString } from 'vue/server-renderer'
import { RowMemo } from '#parley/components/chat/message/row-memo.ts'
import MessageTimeline from '#parley/components/chat/timeline/MessageTimeline.vue'
import AccountButton from '#parley/components/account/AccountButton.vue'
import ConversationHeader from '#parley/components/conversation/ConversationHeader.vue'
import ConversationList from '#parley/components/conversation/ConversationList.vue'
import type { ChatHost } from '#parley/composables/useChatHost.ts'
import { useChatHost } from '#parley/composables/useChatHost.ts'
import { createStillChat } from '#parley/composables/still-chat.ts'
import { loadRichView } from '#parley/composables/timeline/rich-view.ts'
import { rowViewKey } from '#parley/composables/timeline/context.ts'
import { messageDialogKey } from '#parley/composables/useMessageDialogs.ts'
import { profileCardKey } from '#parley/composables/useProfileCard.ts'
import { searchPanelKey } from '#parley/composables/useSearchPanel.ts'
import ChatPage from '#parley/pages/chat.vue'
import type { FirstPaint } from '#parley/shared/first-paint.ts'
import type { ConversationSummary } from '#parley/shared/model.ts'
import type { PageParts, RenderPageParts } from '#parley/shared/page-parts.ts'

/** Stands between two parts; in no text (X25). */
const cut = '\0c'
/** HTML as it is. */
const verbatim = (html: string): VNode => createStaticVNode(html, 1)
const nothing = (): void => undefined

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' }
const inAttribute = (text: string): string => text.replace(/["'&<>]/g, sign => signs[sign] ?? sign)
/** As the keeper of the document's head writes a title. */
const inTitle = (text: string): string => inAttribute(text).replaceAll('&#39;', '&#x27;').replaceAll('/', '&#x2F;')

/** pages/chat/[conversation].vue: what of it is the conversation's. */
const OpenConversation = defineComponent({
  props: { at: { type: Number, default: undefined } },
  setup(props) {
    const { t } = useI18n()
    const conversations = useConversationsStore()
    const presence = usePresenceStore()
    const { account } = useAccountStore()
    const id = conversations.currentId ?? ''
    conversations.setCurrent(id)
    const conversation = conversations.byId.get(id)
    const snapshot = useChatHost().client.value?.timeline(id)
    if (conversation === undefined || snapshot === undefined || account === undefined) throw new Error('a page without its conversation has no parts')
    provide(messageDialogKey, nothing)
    return () => [
      verbatim(cut), h(ConversationHeader, { conversation, detailsOpen: false }),
      verbatim(cut), h(MessageTimeline, { conversation, snapshot, users: presence.user, account, typing: presence.typing(id), at: props.at, class: 'min-h-0 flex-1' }),
      verbatim(`${cut}aria-label="${inAttribute(t('composer.label', { title: conversation.label }))}"${cut}`),
    ]
  },
})

/** pages/chat.vue: what of it is the viewer's. Its elements carry the mark of that page's styles. */
const Parts = Object.assign(defineComponent({
  props: { at: { type: Number, default: undefined }, rows: { type: Function as PropType<FunctionalComponent>, required: true } },
  setup(props) {
    const { t } = useI18n()
    const { unread, current } = useConversationsStore()
    provide(searchPanelKey, nothing)
    provide(profileCardKey, nothing)
    provide(rowViewKey, props.rows)
    const name = `${current?.label ?? ''} · ${t('app.name')}`
    return () => [
      verbatim(`${cut}<title>${inTitle(unread > 0 ? `(${unread}) ${name}` : name)}</title>${cut}`), h(AccountButton),
      verbatim(cut), h(ConversationList),
      verbatim(cut), h(OpenConversation, { at: props.at }),
    ]
  },
}), { __scopeId: (ChatPage as { __scopeId?: string }).__scopeId })

/** Whether the page is like most: one can write there, and every message is of a kind that is known here. */
function usual({ role, kind, closed, mutedUntil }: ConversationSummary, { page, at }: FirstPaint): boolean {
  return page !== undefined && closed !== true && !(role === 'member' && (kind === 'channel' || (mutedUntil ?? 0) > at)) && page.messages.every(({ content }) => content?.type !== 'custom')
}

const memo = new RowMemo()

/** What these components ask of Nuxt. */
const standIn = (chat: ChatHost, firstPaint: FirstPaint, i18n: unknown) => ({ $chat: chat, $firstPaint: firstPaint, $i18n: i18n, payload: { state: reactive({}) }, _state: {}, isHydrating: false })

/**
 * Renders the parts of pages in one language, by the components that a whole page is made of, in an app that has nothing but them: no
 * router, no plugins, no head. What it gives must be, letter for letter, what the whole page has there; who uses it finds it there once.
 */
export function createPageParts(locale: ReturnType<typeof useI18n>['locale']['value'], messages: I18nOptions['messages']): RenderPageParts {
  const i18n = createI18n({ legacy: false, locale, messages } as I18nOptions)
  return async (firstPaint, at): Promise<PageParts | undefined> => {
    const summary = firstPaint.conversations.find(({ id }) => id === firstPaint.opened)
    if (summary === undefined || !usual(summary, firstPaint)) return undefined
    await loadRichView()
    const page = memo.page()
    const app = createSSRApp(Parts, { at, rows: page.view })
    const nuxt = standIn(createStillChat(firstPaint), firstPaint, i18n.global)
    Object.defineProperty(app, '$nuxt', { get: () => nuxt })
    app.use(i18n)
    app.use(createPinia())
    const context = { modules: page.modules }
    const pieces = page.take(await renderToString(app, context).finally(() => setActivePinia(undefined))).split(cut)
    // Before, between and behind the parts of the two components.
    const [, title = '', account = '', list = '', , header = '', timeline = '', label = ''] = pieces
    if (pieces.length !== 9) return undefined
    const html = [title, account, list, header, timeline, label]
    // The head of a page holds the styles of exactly these, in this order.
    return { frame: [firstPaint.account.role, summary.kind, summary.role, (summary.pins?.length ?? 0) > 0, ...context.modules].join(' '), html }
  }
}
