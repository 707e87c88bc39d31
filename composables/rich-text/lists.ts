import { inlineRun, type Line } from '#parley/composables/rich-text/runs.ts'
import type { Block, ListItem } from '#parley/composables/rich-text/tree.ts'

const sign = /^( *)([-*]|\d{1,3}[.)]) +(?=\S)/
const deepest = 3

const continues = (line: string | undefined): line is string => line !== undefined && /^ {2,}\S/.test(line) && !sign.test(line)

function item(found: RegExpExecArray, run: readonly Line[]): ListItem {
  const [, indent = '', mark = ''] = found
  return { depth: Math.min(deepest, Math.floor(indent.length / 2)), ordered: /\d/.test(mark), children: inlineRun(run) }
}

/** The list that begins at a line, if one does: each item a line, and the deeper lines below it that begin no other item. */
export function listAt(lines: readonly string[], from: number): Block | undefined {
  const items: ListItem[] = []
  let at = from
  for (;;) {
    const line = lines[at] ?? ''
    const found = sign.exec(line)
    if (found === null) return items.length === 0 ? undefined : { node: { kind: 'list', items }, length: at - from }
    const lead = /\d/.test(found[2] ?? '') ? found[1] ?? '' : found[0]
    const run: Line[] = [{ lead, text: line.slice(lead.length) }]
    for (at++; continues(lines[at]); at++) {
      const text = lines[at]!.trimStart()
      run.push({ lead: lines[at]!.slice(0, -text.length), text })
    }
    items.push(item(found, run))
  }
}
