import { parse, postprocess, preprocess } from 'micromark'
import { cjkFriendlyExtension } from 'micromark-extension-cjk-friendly'
import { gfmStrikethroughCjkFriendly } from 'micromark-extension-cjk-friendly-gfm-strikethrough'
import { opaqueRanges } from '#parley/composables/rich-text/pieces.ts'
import type { RichNode } from '#parley/composables/rich-text/tree.ts'

/**
 * Emphasis, code and strike-through only: no HTML, no entities, no links whose words hide where they lead. The Chinese, Japanese and Korean
 * rules let emphasis end at their punctuation, which CommonMark's own do not.
 */
const parser = parse({
  extensions: [
    cjkFriendlyExtension(),
    gfmStrikethroughCjkFriendly({ singleTilde: false }),
    { disable: { null: ['autolink', 'characterReference', 'hardBreakEscape', 'htmlText', 'labelEnd', 'labelStartImage', 'labelStartLink'] } },
  ],
})

const containers: Record<string, 'strong' | 'em' | 'del' | 'code' | undefined> = { strong: 'strong', emphasis: 'em', strikethrough: 'del', codeText: 'code' }
const marks = new Set(['strongSequence', 'emphasisSequence', 'strikethroughSequence', 'codeTextSequence'])
/** Elsewhere a backslash is meant: paths, and ¯\\_(ツ)_/¯. */
const hiddenEscape = /^\\[*~`]/

/** Emphasis is quadratic in its signs; nobody writes so many. */
const mostSigns = 2_000

/** Addresses and mentions as plain letters, in place: `_` and `*` within them are no marks. */
function masked(text: string): string {
  let shown = text
  for (const { start, end } of opaqueRanges(text)) shown = shown.slice(0, start) + 'x'.repeat(end - start) + shown.slice(end)
  return shown
}

/** A run of lines as inline nodes; their texts and marks, joined, are the run. */
export function parseInline(text: string): RichNode[] {
  const root: RichNode[] = []
  // The parser swallows a byte order mark and would count one character less from there on.
  if (text.startsWith('\uFEFF') || text.split(/[*_~`]/, mostSigns).length === mostSigns) return [{ kind: 'text', text }]
  const open: RichNode[][] = [root]
  let at = 0
  const take = (kind: 'text' | 'mark', end: number): void => {
    if (end > at) open.at(-1)!.push({ kind, text: text.slice(at, end) })
    at = Math.max(at, end)
  }
  for (const [step, token] of postprocess(parser.text().write(preprocess()(masked(text), undefined, true)))) {
    const kind = containers[token.type]
    if (kind !== undefined && step === 'enter') {
      take('text', token.start.offset)
      const children: RichNode[] = []
      open.at(-1)!.push({ kind, children })
      open.push(children)
    }
    else if (kind !== undefined) {
      take('text', token.end.offset)
      open.pop()
    }
    else if (step === 'enter' && (marks.has(token.type) || (token.type === 'escapeMarker' && hiddenEscape.test(text.slice(token.start.offset, token.start.offset + 2))))) {
      take('text', token.start.offset)
      take('mark', token.end.offset)
    }
  }
  take('text', text.length)
  return root
}
