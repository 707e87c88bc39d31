import type { HttpAnswer } from '#parley/client/environment.ts'
import type { ConversationView } from '#parley/client/types.ts'
import type { BuiltInName } from '#parley/composables/composer/built-in-names.ts'
import type { OfferedCommand } from '#parley/composables/composer/command-options.ts'
import { useConversationActs } from '#parley/composables/useConversationActs.ts'
import { foldText } from '#parley/shared/fold.ts'
import type { UserSummary } from '#parley/shared/model.ts'

/** What became of a command. `asked`: a dialog decides; the text stays until it has. */
export type CommandEnd = { kind: 'done' } | { kind: 'asked' } | { kind: 'missing' } | { kind: 'refused', answer: Exclude<HttpAnswer<unknown>, { kind: 'ok' }> } | { kind: 'failed', text: string }

export interface BuiltInCommand extends OfferedCommand {
  name: BuiltInName
  /** Whether it makes sense here and for this user; the server decides again (S8). */
  offered: boolean
  run: (args: string) => Promise<CommandEnd> | CommandEnd
}

export interface BuiltInOptions {
  conversation: () => ConversationView
  help: () => void
  /** Asks first. */
  leave: () => void
}

/** The commands that every conversation has: each does what a button of the interface does as well (U-P14). */
export function useBuiltInCommands(options: BuiltInOptions) {
  const t = useBotTexts()
  useShortcutTexts() // For the words on notifications.
  const store = useConversationsStore()
  const notices = useNoticesStore()
  const { may } = useConversationActs(options.conversation)
  const id = () => options.conversation().id

  async function settled(call: Promise<HttpAnswer<unknown>>): Promise<CommandEnd> {
    const answer = await call
    if (answer.kind !== 'ok') return { kind: 'refused', answer }
    await store.refresh()
    return { kind: 'done' }
  }

  async function setNotify(notify: 'all' | 'none'): Promise<CommandEnd> {
    const end = await settled(store.setOwn(id(), { notify }))
    if (end.kind === 'done') notices.tell({ key: notify === 'none' ? 'keys.muted' : 'keys.unmuted', tone: 'info', sticky: false })
    return end
  }

  async function invite(args: string): Promise<CommandEnd> {
    const name = foldText(args.replace(/^[@＠]/u, ''))
    const answer = await store.searchUsers(name)
    if (answer.kind !== 'ok') return { kind: 'refused', answer }
    const user: UserSummary | undefined = answer.value.users.find(({ username }) => foldText(username) === name)
    return user === undefined ? { kind: 'failed', text: t('commands.nobody', { name }) } : settled(store.addMember(id(), user))
  }

  const isGroup = computed(() => options.conversation().kind !== 'direct')
  const now = (act: () => void, kind: 'done' | 'asked' = 'done') => (): CommandEnd => {
    act()
    return { kind }
  }
  return computed<BuiltInCommand[]>(() => [
    { name: 'help', hint: '', note: t('commands.help'), offered: true, run: now(options.help) },
    { name: 'topic', hint: t('commands.topicHint'), note: t('commands.topic'), offered: may.value.rename, run: topic => settled(store.change(id(), { topic })) },
    { name: 'rename', hint: t('commands.renameHint'), note: t('commands.rename'), offered: may.value.rename, run: title => settled(store.change(id(), { title })) },
    { name: 'invite', hint: t('commands.inviteHint'), note: t('commands.invite'), offered: may.value.invite, run: invite },
    { name: 'mute', hint: '', note: t('commands.mute'), offered: true, run: () => setNotify('none') },
    { name: 'unmute', hint: '', note: t('commands.unmute'), offered: true, run: () => setNotify('all') },
    { name: 'leave', hint: '', note: t('commands.leave'), offered: isGroup.value, run: now(options.leave, 'asked') },
  ])
}
