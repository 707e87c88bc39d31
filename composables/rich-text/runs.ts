import { parseInline } from '#parley/composables/rich-text/inline.ts'
import type { RichNode } from '#parley/composables/rich-text/tree.ts'

/** A line of a quote or list; `lead` is what the container took off its front. */
export interface Line { lead: string, text: string }

/** Lines parsed as one run, so that emphasis may cross their borders, each with its lead as a mark before it. */
export function inlineRun(lines: readonly Line[]): RichNode[] {
  let next = 0
  const lead = (): RichNode[] => {
    const text = lines[next++]?.lead ?? ''
    return text === '' ? [] : [{ kind: 'mark', text }]
  }
  const split = (text: string): RichNode[] => text.split(/(?<=\n)/).flatMap((part): RichNode[] =>
    part.endsWith('\n') ? [{ kind: 'text', text: part }, ...lead()] : [{ kind: 'text', text: part }])
  const walk = (nodes: readonly RichNode[]): RichNode[] => nodes.flatMap((node): RichNode[] => {
    if (node.kind === 'text') return split(node.text)
    return 'children' in node ? [{ ...node, children: walk(node.children) }] : [node]
  })
  return [...lead(), ...walk(parseInline(lines.map(line => line.text).join('\n')))]
}
