import * as v from 'valibot'
import { defaultPolicies, policyLimits, type RegistrationMode, type RegistrationState, type ServerPolicies } from '#parley/shared/administration.ts'
import { codePointLength, isCleanText } from '#parley/shared/protocol/index.ts'
import { auditOf, type Actor } from '#parley/server/administration/admin.ts'
import { createWordFilter } from '#parley/server/administration/word-filter.ts'
import type { BeforeMessage, Policies } from '#parley/server/chat/policies-port.ts'
import type { Clock, Log, Store } from '#parley/server/chat/ports.ts'

const wholeUpTo = (least: number, most: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most))
const minutes = v.nullable(wholeUpTo(1, policyLimits.minutes))
const days = v.nullable(wholeUpTo(1, policyLimits.days))
const word = v.pipe(v.string(), v.trim(), v.minLength(1), v.check(isCleanText), v.check(text => codePointLength(text) <= policyLimits.wordCodePoints))

/** Every policy, as admins send it. */
export const policiesSchema = v.object({
  recallMinutes: minutes,
  editMinutes: minutes,
  filter: v.object({ words: v.pipe(v.array(word), v.maxLength(policyLimits.words)), action: v.picklist(['refuse', 'mask']) }),
  retention: v.object({ direct: days, group: days, channel: days, files: days }),
  orphanHours: wholeUpTo(1, policyLimits.orphanHours),
})
const modeSchema = v.picklist(['open', 'invite', 'closed'])

const minute = 60_000

export interface ServerSettingsOptions {
  store: Pick<Store, 'settings' | 'saveSetting'>
  clock: Pick<Clock, 'now'>
  log: Log
  /** NUXT_REGISTRATION. */
  registration: RegistrationMode
}

/** What admins set while the server runs: kept in the store, held here, in force at once. */
export interface ServerSettings {
  readonly policies: ServerPolicies
  readonly registration: RegistrationState
  /** For the core: one object per change, so that asking for it costs an op nothing. */
  enforced(): Policies
  savePolicies(actor: Actor, policies: ServerPolicies): Promise<void>
  /** @param mode undefined = as the setting of the server's start says */
  saveRegistration(actor: Actor, mode: RegistrationMode | undefined): Promise<void>
  /** Adds a check of a host application, which comes after the word filter and gets what that left; returns what takes it away. */
  beforeMessage(check: BeforeMessage): () => void
}

/** One check made of several: the first refusal counts, and each sees what the one before it has kept. */
function chain(checks: readonly BeforeMessage[]): BeforeMessage | undefined {
  if (checks.length < 2) return checks[0]
  return (draft) => {
    let { content } = draft
    for (const check of checks) {
      const verdict = check({ ...draft, content })
      if (verdict && 'refuse' in verdict) return verdict
      if (verdict) content = verdict.keep
    }
    return content === draft.content ? undefined : { keep: content }
  }
}

/** What the store held is not trusted blindly: another version may have written it. */
function readStored<T extends v.GenericSchema>(schema: T, value: unknown, name: string, log: Log): v.InferOutput<T> | undefined {
  if (value === undefined) return undefined
  const parsed = v.safeParse(schema, value)
  if (!parsed.success) log.warn('a stored setting does not fit and is left out', { name })
  return parsed.success ? parsed.output : undefined
}

/** Reads what admins have chosen; what they have not has its default. */
export async function createServerSettings({ store, clock, log, registration: atStart }: ServerSettingsOptions): Promise<ServerSettings> {
  const stored = await store.settings()
  let policies: ServerPolicies = { ...defaultPolicies, ...readStored(v.partial(policiesSchema), stored['policies'], 'policies', log) }
  let chosen = readStored(modeSchema, stored['registration'], 'registration', log)
  const checks = new Set<BeforeMessage>()
  let filter = createWordFilter(policies.filter)

  function enforce(): Policies {
    const beforeMessage = chain([...filter ? [filter] : [], ...checks])
    const { recallMinutes, editMinutes } = policies
    return {
      ...(recallMinutes === null ? {} : { recallLimit: recallMinutes * minute }),
      ...(editMinutes === null ? {} : { editLimit: editMinutes * minute }),
      ...(beforeMessage === undefined ? {} : { beforeMessage }),
    }
  }
  let enforced = enforce()

  return {
    get policies() {
      return policies
    },
    get registration() {
      return { mode: chosen ?? atStart, atStart, ...(chosen === undefined ? {} : { chosen }) }
    },
    enforced: () => enforced,
    async savePolicies(actor, next) {
      const changed = (Object.keys(next) as (keyof ServerPolicies)[]).filter(name => JSON.stringify(next[name]) !== JSON.stringify(policies[name]))
      // The words themselves stay out of the audit log: whoever may not read them may one day read it.
      const { filter: { words, action }, ...rest } = next
      const detail = { changed, ...rest, filter: { words: words.length, action }, retention: { ...next.retention } }
      await store.saveSetting('policies', { ...next, filter: { ...next.filter }, retention: { ...next.retention } }, auditOf(actor, clock.now(), 'policy.change', { detail }))
      policies = next
      filter = createWordFilter(next.filter)
      enforced = enforce()
    },
    async saveRegistration(actor, mode) {
      await store.saveSetting('registration', mode, auditOf(actor, clock.now(), 'registration.mode', { detail: { mode: mode ?? null, before: chosen ?? atStart } }))
      chosen = mode
    },
    beforeMessage(check) {
      checks.add(check)
      enforced = enforce()
      return () => {
        checks.delete(check)
        enforced = enforce()
      }
    },
  }
}
