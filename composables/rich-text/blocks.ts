import { parseInline } from '#parley/composables/rich-text/inline.ts'
import { listAt } from '#parley/composables/rich-text/lists.ts'
import { inlineRun, type Line } from '#parley/composables/rich-text/runs.ts'
import type { Block, RichNode } from '#parley/composables/rich-text/tree.ts'

const quoteSign = /^ {0,3}> ?/
const fenceSign = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$/

/** The code block that begins at a line. Without an end it goes on to the last line; one that holds nothing is no block. */
function fenceAt(lines: readonly string[], from: number): Block | undefined {
  const [, sign, about = ''] = fenceSign.exec(lines[from] ?? '') ?? []
  if (sign === undefined) return undefined
  const closing = new RegExp(`^ {0,3}${sign[0]}{${sign.length},}[ \\t]*$`)
  const end = lines.findIndex((line, at) => at > from && closing.test(line))
  const code = lines.slice(from + 1, end === -1 ? undefined : end)
  if (code.every(line => line.trim() === '')) return undefined
  const node: RichNode = { kind: 'fence', open: lines[from]!, language: /^[\w+#.-]{1,24}/.exec(about)?.[0] ?? '', code: code.join('\n') }
  if (end !== -1) node.close = lines[end]!
  return { node, length: code.length + (end === -1 ? 1 : 2) }
}

function quoteAt(lines: readonly string[], from: number): Block | undefined {
  const run: Line[] = []
  for (let at = from; at < lines.length; at++) {
    const lead = quoteSign.exec(lines[at]!)?.[0]
    if (lead === undefined) break
    run.push({ lead, text: lines[at]!.slice(lead.length) })
  }
  return run.length === 0 ? undefined : { node: { kind: 'quote', children: inlineRun(run) }, length: run.length }
}

const blockAt = (lines: readonly string[], at: number): Block | undefined => fenceAt(lines, at) ?? quoteAt(lines, at) ?? listAt(lines, at)

/** Line breaks of which `borders` come from the borders of blocks. Two between two blocks need an element that counts as two. */
function breaks(count: number, borders: number): RichNode[] {
  if (count === 2 && borders === 2) return [{ kind: 'gap' }]
  return count > borders ? [{ kind: 'text', text: '\n'.repeat(count - borders) }] : []
}

/** Lines that are in no block, between the borders of the blocks around them. */
function plainNodes(lines: readonly string[], afterBlock: boolean, beforeBlock: boolean): RichNode[] {
  const borders = Number(afterBlock) + Number(beforeBlock)
  let from = 0
  let to = lines.length
  while (afterBlock && from < to && lines[from] === '') from++
  while (beforeBlock && to > from && lines[to - 1] === '') to--
  if (from === to) return breaks(lines.length - 1 + borders, borders)
  const above = afterBlock ? breaks(from + 1, 1) : []
  const below = beforeBlock ? breaks(lines.length - to + 1, 1) : []
  return [...above, ...parseInline(lines.slice(from, to).join('\n')), ...below]
}

/**
 * A message's text as nodes: code blocks, quotes and lists by lines, as chats have them (a quote ends with its line), and what stands in
 * the lines by a Markdown parser.
 */
export function parseRichText(text: string): RichNode[] {
  const lines = text.split('\n')
  const nodes: RichNode[] = []
  let plainFrom = 0
  let at = 0
  while (at < lines.length) {
    const block = blockAt(lines, at)
    if (block === undefined) {
      at++
      continue
    }
    if (at > plainFrom) nodes.push(...plainNodes(lines.slice(plainFrom, at), plainFrom > 0, true))
    nodes.push(block.node)
    plainFrom = at += block.length
  }
  if (plainFrom < lines.length) nodes.push(...plainNodes(lines.slice(plainFrom), plainFrom > 0, false))
  return nodes
}
