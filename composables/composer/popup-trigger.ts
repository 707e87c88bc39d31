import { foldText } from '#parley/shared/fold.ts'

/** What is being typed that a popup completes: from `start`, its sign included, to the caret (U-P11, U-P14). */
export interface PopupTrigger { kind: 'command' | 'mention' | 'emoji', start: number, query: string }

/** As the first thing in the box only: elsewhere a slash is a slash. */
const command = /^\/([\p{L}\p{M}\p{N}_-]{0,32})$/u
/** As the server finds mentions (S9): not within a Latin word, which is an e-mail address, but within Chinese text. */
const mention = /(?<![\p{Script=Latin}\p{N}._-])[@＠]([\p{L}\p{N}\p{M}._-]{0,32})$/u
/** After a space only: a colon within a text is a colon. Two letters, or one Chinese character. */
const emoji = /(?:^|\s):((?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}][\p{L}\p{N}]{0,15})|(?:[\w+-]{2,32}))$/u
/** No name is longer; and with the rest of a longer text before it, none fits `command`. */
const reach = 64

export function popupTrigger(text: string, caret: number): PopupTrigger | undefined {
  const before = text.slice(Math.max(0, caret - reach), caret)
  for (const [kind, pattern] of [['command', command], ['mention', mention], ['emoji', emoji]] as const) {
    const query = pattern.exec(before)?.[1]
    if (query !== undefined) return { kind, start: caret - query.length - 1, query }
  }
  return undefined
}

/** Where the mention begins that ends at the caret: it is deleted as one (U-P11). `known` are comparable usernames. */
export function mentionBefore(text: string, caret: number, known: ReadonlySet<string>): number | undefined {
  if (/[\p{L}\p{N}\p{M}._-]/u.test(text.slice(caret, caret + 1))) return undefined
  const trigger = popupTrigger(text, caret)
  return trigger?.kind === 'mention' && known.has(foldText(trigger.query)) ? trigger.start : undefined
}
