import * as v from 'valibot'
import { idField } from '#parley/server/utils/field-schemas.ts'
import { cidPattern } from '#parley/shared/cid.ts'
import { commandNamePattern, hookEvents } from '#parley/shared/hooks.ts'
import { codePointLength, isCleanText, limits } from '#parley/shared/protocol/index.ts'

const nameField = v.pipe(v.string(), v.trim(), v.minLength(1), v.check(isCleanText), v.check(name => codePointLength(name) <= limits.displayNameMax))
const emojiField = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(limits.emojiLength), v.check(isCleanText))

const commandField = v.pipe(
  v.object({
    name: v.pipe(v.string(), v.regex(commandNamePattern)),
    description: v.optional(v.pipe(v.string(), v.trim(), v.check(isCleanText), v.check(text => codePointLength(text) <= limits.statusCodePoints))),
  }),
  v.transform(({ name, description }) => ({ name, ...(description ? { description } : {}) })),
)

const urlField = v.pipe(v.string(), v.maxLength(2_048))
const eventsField = v.array(v.picklist(hookEvents))
const commandsField = v.pipe(v.array(commandField), v.maxLength(20))

/** Of a new webhook: an outgoing one has a `url`. */
export const hookFields = v.object({
  name: nameField,
  avatar: v.optional(idField),
  url: v.optional(urlField),
  events: v.optional(eventsField, ['message']),
  commands: v.optional(commandsField, []),
})

/** What is to be otherwise of one. */
export const hookEditFields = v.pipe(
  v.object({
    paused: v.optional(v.boolean()),
    name: v.optional(nameField),
    avatar: v.optional(v.nullable(idField)),
    url: v.optional(urlField),
    events: v.optional(eventsField),
    commands: v.optional(commandsField),
  }),
  v.check(edit => Object.keys(edit).length > 0),
)

/** A command that somebody has typed. */
export const commandFields = v.object({
  name: v.pipe(v.string(), v.regex(commandNamePattern)),
  args: v.optional(v.pipe(v.string(), v.check(isCleanText), v.check(text => codePointLength(text) <= limits.textCodePoints)), ''),
  cid: v.pipe(v.string(), v.regex(cidPattern)),
})

/**
 * What is posted by one. `username` is what others call `name`: programs that post to them need no other body. What they send beside
 * that is ignored. The text is judged as content is.
 */
export const hookPostFields = v.object({
  text: v.string(),
  name: v.optional(nameField),
  username: v.optional(nameField),
  emoji: v.optional(emojiField),
  cid: v.optional(v.pipe(v.string(), v.regex(cidPattern))),
})
