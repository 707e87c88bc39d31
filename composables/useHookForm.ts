import { builtInNames } from '#parley/composables/composer/built-in-names.ts'
import { useBotTexts } from '#parley/composables/useBotTexts.ts'
import type { Refusal } from '#parley/composables/useErrorText.ts'
import { useErrorText } from '#parley/composables/useErrorText.ts'
import { commandNamePattern } from '#parley/shared/hooks.ts'
import type { Hook, HookCommand, HookEvent } from '#parley/shared/hooks.ts'

/** What is wrong with a webhook as it is entered, in words, at what it is wrong with; `commands` by their place. */
export interface HookFaults { url?: string, commands?: Record<number, string>, form?: string }

/** As many as the server takes. */
const mostCommands = 20

/**
 * What somebody enters to make a webhook, or to change one, and what of it does not do.
 *
 * @param hook the one to be changed
 */
export function useHookForm(hook?: Hook) {
  const t = useBotTexts()
  const errorText = useErrorText()
  const kind = ref<Hook['kind']>(hook?.kind ?? 'incoming')
  const name = ref(hook?.bot.displayName ?? '')
  const url = ref(hook?.outgoing?.url ?? '')
  const events = ref<HookEvent[]>([...hook?.outgoing?.events ?? ['message' as const]])
  const commands = ref((hook?.outgoing?.commands ?? []).map(command => ({ name: command.name, description: command.description ?? '' })))
  const faults = shallowRef<HookFaults>({})

  const nameOf = (typed: string) => typed.trim().replace(/^\//u, '').toLowerCase()

  function commandFault(index: number): string | undefined {
    const names = commands.value.map(command => nameOf(command.name))
    const own = names[index] ?? ''
    if (!commandNamePattern.test(own)) return t('hooks.commandShape')
    if (builtInNames.some(builtIn => builtIn === own)) return t('hooks.commandBuiltIn', { name: own })
    return names.indexOf(own) < index ? t('hooks.commandTwice') : undefined
  }

  /** What the server is to be asked for; undefined: something has to be mended first. */
  function plan(): Record<string, unknown> | undefined {
    const own = { name: name.value.trim() }
    faults.value = {}
    if (kind.value === 'incoming') return own
    const wrong = commands.value.flatMap((_, index) => {
      const fault = commandFault(index)
      return fault === undefined ? [] : [[index, fault] as const]
    })
    const isAddress = URL.canParse(url.value.trim()) && /^https?:$/.test(new URL(url.value.trim()).protocol)
    faults.value = { ...(isAddress ? {} : { url: t('hooks.urlFault') }), ...(wrong.length === 0 ? {} : { commands: Object.fromEntries(wrong) }) }
    if (events.value.length === 0 && commands.value.length === 0) faults.value = { ...faults.value, form: t('hooks.nothing') }
    if (Object.keys(faults.value).length > 0) return undefined
    const asked = commands.value.map((command): HookCommand => ({ name: nameOf(command.name), ...(command.description.trim() === '' ? {} : { description: command.description.trim() }) }))
    return { ...own, url: url.value.trim(), events: [...events.value], commands: asked }
  }

  /** The server said no; which field it means follows from its code, for the rest was looked at here. */
  function refused(refusal: Refusal): void {
    const code = refusal.kind === 'refused' ? refusal.code : ''
    if (kind.value === 'outgoing' && code === 'bad_content') faults.value = { url: t('hooks.urlFault') }
    else faults.value = { form: code === 'bad_target' ? t('hooks.commandTaken') : code === 'forbidden' && hook === undefined ? t('hooks.full') : errorText(refusal) }
  }

  function addCommand(): void {
    if (commands.value.length < mostCommands) commands.value.push({ name: '', description: '' })
  }
  const removeCommand = (index: number): void => void commands.value.splice(index, 1)
  return { kind, name, url, events, commands, faults, plan, refused, addCommand, removeCommand, mayAdd: computed(() => commands.value.length < mostCommands) }
}
