import type { HttpAnswer } from '#parley/client/environment.ts'
import type { OfferedCommand } from '#parley/composables/composer/command-options.ts'
import { readTyped } from '#parley/composables/composer/command-text.ts'
import type { BuiltInOptions, CommandEnd } from '#parley/composables/useBuiltInCommands.ts'
import { useBuiltInCommands } from '#parley/composables/useBuiltInCommands.ts'
import { useHookFault } from '#parley/composables/useHookFault.ts'
import { makeCid } from '#parley/shared/cid.ts'
import type { CommandOutcome, CommandsResponse } from '#parley/shared/hooks.ts'

/** `text` is what was in the box. `plain`: asking for it once more sends it as a message. */
export type CommandState
  = | { kind: 'idle' }
    | { kind: 'running', name: string, text: string }
    | { kind: 'problem', words: string, text: string, plain: boolean }

export interface CommandsOptions extends BuiltInOptions {
  /** What is in the box now. */
  text: () => string
  /** Sends a text as a message. */
  say: (text: string) => void
  /** Empties the box. */
  clear: () => void
}

/** Commands that are typed into the message box: what there are, and running one. The text stays until it is done (U-P14). */
export function useCommands(options: CommandsOptions) {
  const t = useBotTexts()
  const http = useHttp()
  const errorText = useErrorText()
  const faultText = useHookFault()
  const messages = useMessagesStore()
  const state = shallowRef<CommandState>({ kind: 'idle' })
  const builtIn = useBuiltInCommands(options)
  const ofBots = shallowRef<CommandsResponse['commands']>([])
  /** A command whose answer never came is asked for again under the same cid: its webhook answers it once. */
  let unanswered: { text: string, cid: string } | undefined
  let gone = false
  onScopeDispose(() => {
    gone = true
  })
  const { id } = options.conversation()
  const path = `/api/conversations/${encodeURIComponent(id)}/commands`

  const offered = computed<OfferedCommand[]>(() => [
    ...builtIn.value.filter(command => command.offered),
    ...ofBots.value.filter(({ name }) => !builtIn.value.some(own => own.name === name)).map(({ name, description, bot }) => ({ name, hint: '', note: description ?? bot.displayName })),
  ])

  async function load(): Promise<HttpAnswer<CommandsResponse>> {
    const answer = await http<CommandsResponse>(path)
    if (answer.kind === 'ok') ofBots.value = answer.value.commands
    return answer
  }

  async function runOfBot(name: string, args: string, text: string): Promise<CommandEnd> {
    let command = ofBots.value.find(other => other.name === name)
    if (command === undefined) {
      const answer = await load()
      if (answer.kind !== 'ok') return { kind: 'refused', answer }
      command = answer.value.commands.find(other => other.name === name)
    }
    if (command === undefined) return { kind: 'missing' }
    const { cid } = unanswered = unanswered?.text === text ? unanswered : { text, cid: makeCid(crypto.getRandomValues(new Uint8Array(16)), Date.now()) }
    const answer = await http<CommandOutcome>(path, { method: 'POST', body: { name, args, cid } })
    if (answer.kind !== 'unreachable') unanswered = undefined
    if (answer.kind === 'refused' && answer.code === 'bad_target') return { kind: 'missing' }
    if (answer.kind !== 'ok') return { kind: 'refused', answer }
    if (answer.value.outcome !== 'failed') return { kind: 'done' }
    return { kind: 'failed', text: t('commands.failed', { bot: command.bot.displayName, name, fault: faultText(answer.value.error ?? '') }) }
  }

  function perform(name: string, args: string, text: string): Promise<CommandEnd> | CommandEnd {
    const own = builtIn.value.find(command => command.name === name)
    if (own === undefined) return runOfBot(name, args, text)
    if (!own.offered) return { kind: 'failed', text: t('commands.notHere', { name }) }
    return own.hint !== '' && args === '' ? { kind: 'failed', text: t('commands.needs', { usage: `/${name} ${own.hint}` }) } : own.run(args)
  }

  function wordsOf(end: Exclude<CommandEnd, { kind: 'done' | 'asked' }>, name: string): string {
    if (end.kind === 'failed') return end.text
    if (end.kind === 'missing') return t('commands.unknown', { name })
    return end.answer.kind === 'unreachable' ? t('commands.offline') : errorText(end.answer)
  }

  /** What was done must not be found in the box again, even when its conversation has been left meanwhile. */
  function forget(text: string): void {
    if (!gone) {
      if (options.text() === text) options.clear()
    }
    else if (messages.draft(id)?.text === text) messages.saveDraft(id, undefined)
  }

  /** Somebody sends what is in the box. */
  async function submit(text: string): Promise<void> {
    const typed = readTyped(text)
    const { kind } = state.value
    if (typed.kind === 'text') return options.say(typed.text)
    if (kind === 'running') return
    if (state.value.kind === 'problem' && state.value.plain && state.value.text === text) return options.say(text)
    const { name, args } = typed
    state.value = { kind: 'running', name, text }
    const end = await perform(name, args, text)
    if (end.kind === 'done') forget(text)
    state.value = end.kind === 'done' || end.kind === 'asked' ? { kind: 'idle' } : { kind: 'problem', words: wordsOf(end, name), text, plain: end.kind === 'missing' }
  }

  /** True when there was something to put away. */
  function dismiss(): boolean {
    if (state.value.kind !== 'problem') return false
    state.value = { kind: 'idle' }
    return true
  }
  // A problem is that of the text that stands there.
  watch(options.text, (text) => {
    if (state.value.kind === 'problem' && state.value.text !== text) dismiss()
  })

  return { state, offered, load, submit, dismiss }
}
