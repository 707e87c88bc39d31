import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRichText } from '#parley/composables/rich-text/blocks.ts'
import type { RichNode } from '#parley/composables/rich-text/tree.ts'
import { rowMentions } from '#parley/composables/rich-text/mentions.ts'
import { richPieces } from '#parley/composables/rich-text/pieces.ts'
import { hasForms, textPieces, textSummary } from '#parley/composables/timeline/message-text.ts'

/** Nodes as a short text: `<strong>…</strong>`, marks left out. */
function shown(nodes: readonly RichNode[]): string {
  return nodes.map((node) => {
    switch (node.kind) {
      case 'text': return node.text
      case 'mark': return ''
      case 'gap': return '¶'
      case 'fence': return `<pre ${node.language}>${node.code}</pre>`
      case 'list': return `<ul>${node.items.map(item => `<li${item.ordered ? '#' : ''}${item.depth || ''}>${shown(item.children)}</li>`).join('')}</ul>`
      default: return `<${node.kind}>${shown(node.children)}</${node.kind}>`
    }
  }).join('')
}

/** Everything a node holds, in the order of the page. */
function source(nodes: readonly RichNode[]): string {
  return nodes.map((node) => {
    switch (node.kind) {
      case 'text': case 'mark': return node.text
      case 'gap': return ''
      case 'fence': return node.open + node.code + (node.close ?? '')
      case 'list': return node.items.map(item => source(item.children)).join('')
      default: return source(node.children)
    }
  }).join('')
}

describe('[U-T5] Markdown in messages', () => {
  it.each([
    ['**bold** and *italic*, ~~gone~~, `code`', '<strong>bold</strong> and <em>italic</em>, <del>gone</del>, <code>code</code>'],
    ['这是**「重点」**的内容', '这是<strong>「重点」</strong>的内容'],
    ['***both***', '<em><strong>both</strong></em>'],
    ['snake_case_name and 2 * 3 * 4', 'snake_case_name and 2 * 3 * 4'],
    ['`` a ` b `` and `**raw**`', '<code> a ` b </code> and <code>**raw**</code>'],
    ['\\*as is\\*', '*as is*'],
    ['¯\\_(ツ)_/¯', '¯\\_(ツ)_/¯'],
    ['a ~b~ c', 'a ~b~ c'],
    ['see https://a.example/x_y_z and @snake_case_ _here_', 'see https://a.example/x_y_z and @snake_case_ <em>here</em>'],
    ['**https://a.example/**', '<strong>https://a.example/</strong>'],
    ['<b>no</b> &amp; [words](https://evil.example) ![x](y)', '<b>no</b> &amp; [words](https://evil.example) ![x](y)'],
    ['# no heading\n---\n    no code', '# no heading\n---\n    no code'],
    ['> a **b\n> c** d\nmine', '<quote>a <strong>b\nc</strong> d</quote>mine'],
    ['- one\n- two\n  more\n  - deep\n\n1. first\n2) second', '<ul><li>one</li><li>two\nmore</li><li1>deep</li></ul>¶<ul><li#>1. first</li><li#>2) second</li></ul>'],
    ['-5 degrees, - not a list', '-5 degrees, - not a list'],
    ['before\n```ts\nconst a = 1\n\n  **b**\n```\nafter', 'before<pre ts>const a = 1\n\n  **b**</pre>after'],
    ['```\nwithout an end', '<pre >without an end</pre>'],
    ['```', '```'],
    ['```\n\nx', '<pre >\nx</pre>'],
    ['````\n```\n````', '<pre >```</pre>'],
    ['two\n\n> apart\n\n\nthree', 'two\n<quote>apart</quote>\n\nthree'],
  ])('%j', (text, expected) => {
    expect(shown(parseRichText(text))).toBe(expected)
  })

  const word = fc.constantFrom('**', '*', '_', '~~', '~', '`', '``', '```', '\n', '\n\n', '> ', '- ', '1. ', '  ', ' ', '\\', 'a', 'b c', '上海', '「', '」', 'https://a.example/x_y*', '@bob', '@x_y', '&lt;', '<b>', '[x](y)', '!', '\t', '\r\n', '\u0000', '\uFEFF', '😀', '‮')

  it('[X25] nothing of the source is lost, doubled or moved, whatever it is', () => {
    fc.assert(fc.property(fc.array(word, { maxLength: 40 }).map(words => words.join('')), (text) => {
      expect(source(parseRichText(text)).replaceAll('\n', '')).toBe(text.replaceAll('\n', ''))
    }), { numRuns: 2_000 })
  })

  it('what has no marks is not parsed at all', () => {
    fc.assert(fc.property(fc.array(word, { maxLength: 20 }).map(words => words.join('')), (text) => {
      if (!hasForms(text)) expect(parseRichText(text).every(node => node.kind === 'text')).toBe(true)
    }), { numRuns: 1_000 })
  })

  it.each(['*'.repeat(8_000), '`'.repeat(8_000), '> '.repeat(4_000), '*a '.repeat(2_600), '```\n'.repeat(2_000), '```a\n'.repeat(1_600), 'a'.repeat(8_000), '- '.repeat(4_000), 'a@'.repeat(4_000), '_*'.repeat(4_000), '- a\n'.repeat(2_000)])('[X25] a hostile text costs no more than a long one: %#', (text) => {
    const begun = process.cpuUsage()
    parseRichText(text)
    richPieces(text)
    const { user, system } = process.cpuUsage(begun)
    // Generous: the naive ways take many seconds.
    expect((user + system) / 1_000).toBeLessThan(1_500)
  })
})

describe('[X26] links', () => {
  const links = (text: string) => richPieces(text).flatMap(piece => piece.kind === 'link' ? [[piece.text, piece.href, ...(piece.host === undefined ? [] : [piece.host])]] : [])

  it.each([
    ['https://a.example/x?y=1.', [['https://a.example/x?y=1', 'https://a.example/x?y=1']]],
    ['看这里：https://a.example/路径。好', [['https://a.example/路径', 'https://a.example/%E8%B7%AF%E5%BE%84']]],
    ['（https://a.example）', [['https://a.example', 'https://a.example/']]],
    ['(https://a.example/b_(c))', [['https://a.example/b_(c)', 'https://a.example/b_(c)']]],
    ['write to lin@a.example, please', [['lin@a.example', 'mailto:lin@a.example']]],
    ['mailto:lin@a.example', [['mailto:lin@a.example', 'mailto:lin@a.example']]],
    ['javascript:alert(1) data:text/html,x ftp://a.example file:///etc vbscript:x', []],
    ['https://', []],
    ['https://аррle.com', [['https://аррle.com', 'https://xn--le-6kc8da.com/', 'xn--le-6kc8da.com']]],
    ['https://例子.中国', [['https://例子.中国', 'https://xn--fsqu00a.xn--fiqs8s/']]],
    ['https://user@a.example', [['https://user@a.example', 'https://user@a.example/']]],
  ])('%s', (text, expected) => {
    expect(links(text)).toEqual(expected)
  })

  it('joined again the pieces are the text', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('https://', 'a', '.b', '@', '/', ')', '(', '。', ' ', 'mailto:', '*', '@bob') }), (text) => {
      expect(richPieces(text).map(piece => piece.text).join('')).toBe(text)
      expect(textPieces(text).map(piece => piece.text).join('')).toBe(text)
      // What the plain way shows otherwise must be taken by the rich one.
      if (!hasForms(text)) expect(textPieces(text)).toEqual(richPieces(text))
    }))
  })
})

it('a line for a quote or a list leaves the signs of forms out', () => {
  expect(textSummary('Here:\n```ts\nconst a\n```\nend')).toBe('Here: const a end')
  expect(textSummary('好的，**明天**见 ~~not~~ `code` 2 ** 3 ** 4 ***')).toBe('好的，明天见 not code 2 ** 3 ** 4 ***')
})

describe('[S9] mentions in a text', () => {
  const people = new Map([['u1', { username: 'bob', displayName: 'Bob' }], ['u2', { username: '王小明', displayName: '小明' }], ['u3', { username: 'dot.', displayName: 'Dot' }]])
  const mentioned = (ids: string[], text: string) => richPieces(text, rowMentions(ids, text, id => people.get(id), 'u1')).flatMap(piece => piece.kind === 'mention' ? [`${piece.text} ${piece.name ?? 'all'}${piece.own ? ' own' : ''}`] : [])

  it('are those that the server found, as typed', () => {
    expect(mentioned(['u1', 'u2'], '你好@Bob. ＠王小明 @carol mail@bob.example')).toEqual(['@Bob Bob own', '＠王小明 小明'])
    expect(mentioned(['u3'], 'ask @dot.')).toEqual(['@dot. Dot'])
    expect(mentioned([], '@bob')).toEqual([])
  })

  it('@all only when it reached more than those named', () => {
    expect(mentioned(['u1', 'u2'], '@all and @bob')).toEqual(['@all all own', '@bob Bob own'])
    expect(mentioned(['u1'], '@all and @bob')).toEqual(['@bob Bob own'])
  })
})
