import { describe, expect, test } from 'vitest'
import { codeRuns } from '#parley/composables/highlight/code-grammar.ts'
import { languageOf, type CodeLanguage } from '#parley/composables/highlight/code-languages.ts'
import { codeKinds, cutCode, fits, type CodeRun } from '#parley/composables/highlight/code-runs.ts'
import { cacheBytes, Highlighter, idleFor, longestCode, patience, type HighlightThread } from '#parley/composables/highlight/highlighter.ts'
import { readText } from '#parley/tests/helpers/source-tree.ts'

const kindsIn = async (code: string, language: CodeLanguage) => Object.fromEntries(cutCode(code, await codeRuns(code, language)).filter(({ kind }) => kind !== 'plain').map(({ kind, text }) => [text, kind]))

describe('grammars', () => {
  test('languages are found by the names that people write, and never guessed', () => {
    expect(['ts', 'TSX', 'c++', 'sh', 'html', 'yml', 'python', 'c#'].map(languageOf)).toEqual(['typescript', 'typescript', 'cpp', 'bash', 'xml', 'yaml', 'python', 'csharp'])
    expect(['', 'mermaid', 'constructor', '__proto__'].map(languageOf)).toEqual([undefined, undefined, undefined, undefined])
  })

  test('tell what code consists of', async () => {
    expect(await kindsIn('const n = 42 // why\nreturn "s"', 'typescript')).toEqual({ 'const': 'keyword', '42': 'number', '// why': 'comment', 'return': 'keyword', '"s"': 'string' })
    expect(await kindsIn('+added\n-removed', 'diff')).toEqual({ '+added': 'added', '-removed': 'removed' })
    expect(await kindsIn('{"a": true}', 'json')).toMatchObject({ '"a"': 'attribute', 'true': 'keyword' })
    expect(await kindsIn('<script>let x</script>', 'xml')).toMatchObject({ let: 'keyword' })
  })

  test.each(['bash', 'c', 'cpp', 'csharp', 'css', 'diff', 'dockerfile', 'go', 'ini', 'java', 'javascript', 'json', 'kotlin', 'lua', 'makefile', 'markdown', 'php', 'powershell', 'python', 'ruby', 'rust', 'scss', 'sql', 'swift', 'typescript', 'xml', 'yaml'] as const)(
    '[U-T5] %s changes no letter of any code', async (language) => {
      for (const code of ['', 'x', '<?php echo "<b>é</b>"; ?>\n', 'fn main() { let s = r#"…"#; } /* 猫 */\n\t"open', '- [a](b) `c`\n```js\nlet 😀 = 1\n```', '&lt;&amp;\u0000\u2028']) {
        const runs = await codeRuns(code, language)
        expect(fits(runs, code)).toBe(true)
        expect(cutCode(code, runs).map(({ text }) => text).join('')).toBe(code)
      }
    })

  test('what is no list of runs of that code is not shown', () => {
    const run = (kind: string, length: number) => ({ kind, length })
    expect(fits([run('plain', 1), run('string', 2)], 'abc')).toBe(true)
    for (const runs of [undefined, {}, [run('plain', 2)], [run('plain', 4)], [run('onclick', 3)], [run('plain', -1), run('plain', 4)], [null], [run('plain', 1.5), run('plain', 1.5)]]) expect(fits(runs, 'abc')).toBe(false)
  })
})

/** A highlighter whose threads and time are the test's. */
function setup() {
  const threads: (HighlightThread & { jobs: { id: number, code: string }[], ended: boolean })[] = []
  const timers: { task: () => void, ms: number, over: boolean }[] = []
  const loaded: string[][] = []
  const highlighter = new Highlighter({
    start() {
      const thread = { jobs: [] as { id: number, code: string }[], ended: false, onmessage: null, onerror: null, postMessage: (job: unknown) => void thread.jobs.push(job as { id: number, code: string }), terminate: () => void (thread.ended = true) }
      threads.push(thread)
      return thread
    },
    timer(task, ms) {
      const timer = { task, ms, over: false }
      timers.push(timer)
      return () => void (timer.over = true)
    },
    loaded: urls => void loaded.push([...urls]),
  })
  const answer = (runs: CodeRun[] | undefined, thread = threads.at(-1)!) => {
    const { id } = thread.jobs.at(-1)!
    thread.onmessage?.(new MessageEvent('message', { data: { id, runs, loaded: ['/_nuxt/g.js'] } }))
  }
  const pass = (ms: number) => timers.filter(timer => !timer.over && timer.ms === ms).forEach((timer) => {
    timer.over = true
    timer.task()
  })
  const ask = (code: string) => {
    const wish = { runs: undefined as CodeRun[] | undefined, cancel: (): void => {} }
    wish.cancel = highlighter.request(code, 'go', runs => void (wish.runs = runs))
    return wish
  }
  const asked = () => threads.flatMap(({ jobs }) => jobs.map(({ code }) => code))
  return { highlighter, threads, loaded, answer, pass, ask, asked }
}
const all = (kind: CodeRun['kind'], code: string): CodeRun[] => [{ kind, length: code.length }]

describe('the thread', () => {
  test('has one block at a time, the newest first, and each only once', () => {
    const { highlighter, answer, ask, asked, threads, loaded } = setup()
    const wishes = ['a', 'b', 'c'].map(ask)
    const again = ask('a')
    expect(asked()).toEqual(['a'])
    answer(all('string', 'a'))
    expect([wishes[0]!.runs, again.runs]).toEqual([all('string', 'a'), all('string', 'a')])
    expect(asked()).toEqual(['a', 'c'])
    answer(all('string', 'c'))
    answer(all('string', 'b'))
    expect(asked()).toEqual(['a', 'c', 'b'])
    expect(highlighter.runsOf('b', 'go')).toEqual(all('string', 'b'))
    ask('b')
    expect([asked().length, threads.length, loaded[0]]).toEqual([3, 1, ['/_nuxt/g.js']])
  })

  test('is not asked for what is no longer wanted, or too long', () => {
    const { answer, ask, asked } = setup()
    ask('a')
    ask('b').cancel()
    ask('x'.repeat(longestCode + 1))
    answer(all('plain', 'a'))
    expect(asked()).toEqual(['a'])
  })

  test('that is stuck is ended; its block stays plain, the others go on in another one', () => {
    const { highlighter, answer, ask, asked, threads, pass } = setup()
    const stuck = ask('evil')
    const next = ask('good')
    pass(patience)
    expect([threads.length, threads[0]!.ended, stuck.runs]).toEqual([2, true, undefined])
    answer(all('string', 'evil'), threads[0])
    expect(next.runs).toBeUndefined()
    answer(all('string', 'good'))
    expect(next.runs).toEqual(all('string', 'good'))
    expect(highlighter.runsOf('evil', 'go')).toEqual(all('plain', 'evil'))
    expect(asked()).toEqual(['evil', 'good'])
  })

  test('that has nothing to do is let go', () => {
    const { answer, ask, threads, pass } = setup()
    ask('a')
    answer(all('plain', 'a'))
    pass(idleFor)
    expect(threads[0]!.ended).toBe(true)
    ask('b')
    expect(threads).toHaveLength(2)
  })

  test('that cannot load a grammar, or answers with nonsense, leaves the code plain, and it is tried again later', () => {
    const { answer, ask, asked } = setup()
    const first = ask('a')
    answer(undefined)
    ask('a')
    answer(all('string', 'abc'))
    expect([first.runs, asked()]).toEqual([undefined, ['a', 'a']])
  })

  test('may not exist here at all', () => {
    const highlighter = new Highlighter({ start: () => {
      throw new Error('no threads')
    }, timer: () => () => undefined, loaded: () => undefined })
    const runs: unknown[] = []
    highlighter.request('a', 'go', found => runs.push(found))
    highlighter.request('b', 'go', found => runs.push(found))
    expect(runs).toEqual([])
  })

  test('fills a cache that is bounded in bytes', () => {
    const { highlighter, answer, ask } = setup()
    const codes = Array.from({ length: 150 }, (_, index) => `${index}`.padEnd(longestCode, 'x'))
    for (const code of codes) {
      ask(code)
      answer(all('plain', code))
    }
    const known = codes.filter(code => highlighter.runsOf(code, 'go') !== undefined)
    expect(known.length * longestCode * 2).toBeLessThanOrEqual(cacheBytes)
    expect(known.length).toBeGreaterThan(50)
    expect(known.at(-1)).toBe(codes.at(-1))
  })
})

/** Relative luminance as WCAG defines it. */
function luminance(hex: string): number {
  const digits = hex.length === 4 ? [...hex.slice(1)].map(digit => digit + digit) : hex.slice(1).match(/../g) ?? []
  const [red = 0, green = 0, blue = 0] = digits.map(part => Number.parseInt(part, 16) / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

describe('the colours of code', () => {
  const css = `${readText('assets/css/tokens.css')}${readText('components/chat/message/code-block.css')}`
  const token = (name: string) => new RegExp(`--${name}: light-dark\\((#[0-9a-f]+), (#[0-9a-f]+)\\)`).exec(css)?.slice(1) ?? []

  test.each(codeKinds.filter(kind => kind !== 'plain'))('[U-A4] %s stands out from the block in both themes', (kind) => {
    const [light = '', dark = ''] = token(`code-${kind}`)
    const [onLight = '', onDark = ''] = token('code')
    expect(contrast(light, onLight)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(dark, onDark)).toBeGreaterThanOrEqual(4.5)
    expect(css).toContain(`.${kind} { color: var(--code-${kind}); }`)
  })
})
