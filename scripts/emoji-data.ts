import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Makes the lists of emoji in assets/emoji/ from the npm package emojibase-data (MIT), whose 49 MB are for every language there is:
 * `npm pack emojibase-data@17 && tar xf emojibase-data-*.tgz && node scripts/emoji-data.ts package`.
 *
 * en.json: a line per emoji, `emoji|group|shortcodes|name|words`; zh-CN.json: `name|words`, in the same order. Skin tones are left out:
 * the keyboards of phones and systems have them.
 */

interface Compact { hexcode: string, unicode: string, label: string, group?: number, order?: number, tags?: string[] }

const source = process.argv[2] ?? 'package'
const target = 'assets/emoji'
/** Building blocks of others, such as a lone skin tone. */
const component = 2
const read = <T>(path: string): T => JSON.parse(readFileSync(join(source, path), 'utf8')) as T
/** As keyboards type it: what is shown as a picture anyway has no sign that asks for it, or one reaction would be counted as two. */
const typed = (emoji: string): string => emoji.replace(/^(\p{Emoji_Presentation})\uFE0F$/u, '$1')
const plain = (text: string): string => text.replaceAll('|', ' ')
const words = ({ label, tags = [] }: Compact): string => tags.filter(tag => !label.includes(tag)).slice(0, 6).map(plain).join(',')

const english = read<Compact[]>('en/compact.json').filter(each => each.group !== undefined && each.group !== component).sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
const chinese = new Map(read<Compact[]>('zh/compact.json').map(each => [each.hexcode, each]))
const codes = read<Record<string, string | string[]>>('en/shortcodes/github.json')

writeFileSync(join(target, 'en.json'), `${JSON.stringify(english.map(each => [typed(each.unicode), each.group, [codes[each.hexcode] ?? []].flat().join(','), plain(each.label), words(each)].join('|')))}\n`)
writeFileSync(join(target, 'zh-CN.json'), `${JSON.stringify(english.map(({ hexcode, label }) => {
  const each = chinese.get(hexcode) ?? { hexcode, unicode: '', label }
  return `${plain(each.label)}|${words(each)}`
}))}\n`)
console.log(`${english.length} emoji`)
