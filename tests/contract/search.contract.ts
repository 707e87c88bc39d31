import { describe, expect, it } from 'vitest'
import type { ContentMark } from '#parley/shared/http.ts'
import { createWorld, type OpenStore, type World } from '#parley/tests/contract/world.ts'

/** A snippet with its marks as brackets. */
const readable = (snippet: string) => snippet.replaceAll('\uE000', '[').replaceAll('\uE001', ']')

export function searchContract(open: OpenStore): void {
  async function find(world: World, query: string, more: { user?: string, conversation?: string, from?: string, since?: number, until?: number } = {}) {
    const { hits } = await world.store.search({ user: 'bob', query, limit: 50, ...more })
    return hits.map(hit => readable(hit.snippet))
  }

  async function worldWith(...words: string[]): Promise<World> {
    const world = await createWorld(open)
    for (const word of words) await world.say('room', 'alice', word)
    return world
  }

  describe('search', () => {
    it('finds Chinese words of two characters and single characters within a sentence', async () => {
      const world = await worldWith('我家在上海东边。', '海上有船')
      expect(await find(world, '上海')).toEqual(['我家在[上海]东边。'])
      expect(await find(world, '海')).toEqual(['[海]上有船', '我家在上[海]东边。'])
      expect(await find(world, '边')).toEqual(['我家在上海东[边]。'])
      expect(await find(world, '上海东边')).toEqual(['我家在[上海东边]。'])
      expect(await find(world, '上东')).toEqual([])
      expect(await find(world, '北京')).toEqual([])
    })

    it('finds Japanese and Korean', async () => {
      const world = await worldWith('東京タワーへ行きます', '오늘 서울에서 만나요')
      expect(await find(world, 'タワー')).toEqual(['東京[タワー]へ行きます'])
      expect(await find(world, 'ﾀﾜｰ')).toEqual(['東京[タワー]へ行きます'])
      expect(await find(world, '서울')).toEqual(['오늘 [서울]에서 만나요'])
    })

    it('finds words of any case and width, the last one by its beginning', async () => {
      const world = await worldWith('The Quick brown fox', 'quicker than light', 'Straße nach Köln')
      expect(await find(world, 'qui')).toEqual(['[qui]cker than light', 'The [Qui]ck brown fox'])
      expect(await find(world, 'ＱＵＩＣＫ br')).toEqual(['The [Quick] [br]own fox'])
      expect(await find(world, 'qui brown')).toEqual([])
      expect(await find(world, 'STRASSE koln')).toEqual([])
      expect(await find(world, 'STRASSE KÖLN')).toEqual(['[Straße] nach [Köln]'])
    })

    it('finds mixed text', async () => {
      const world = await worldWith('新的iPhone17手机很贵')
      expect(await find(world, 'iphone17手')).toEqual(['新的[iPhone17手]机很贵'])
      expect(await find(world, '手机 iphone')).toEqual(['新的[iPhone]17[手机]很贵'])
    })

    it('[X28] no query breaks it', async () => {
      const world = await worldWith('plain words')
      const hostile = ['"', '\'', 'a AND', 'NOT', '(', ')', '*', 'NEAR(plain words)', 'body:plain', '^plain', '-plain', 'plain*', '"plain', '\\', '', '   ', ';drop table messages', '😀', '\uE000', 'a'.repeat(5_000), 'x '.repeat(3_000)]
      for (const query of hostile) await expect(world.store.search({ user: 'bob', query, limit: 5 })).resolves.toBeDefined()
      expect(await find(world, 'plain*')).toEqual(['[plain] words'])
      expect(await find(world, '"plain')).toEqual(['[plain] words'])
      expect(await find(world, '"')).toEqual([])
    })

    it('only in conversations of which one is a member now, or in one of them', async () => {
      const world = await worldWith('word here')
      await world.conversation('other', ['bob', 'dave'])
      await world.say('other', 'dave', 'word there')
      expect(await find(world, 'word')).toEqual(['[word] there', '[word] here'])
      expect(await find(world, 'word', { conversation: 'room' })).toEqual(['[word] here'])
      expect(await find(world, 'word', { user: 'dave' })).toEqual(['[word] there'])
      expect(await find(world, 'word', { user: 'dave', conversation: 'room' })).toEqual([])
      await world.leave('room', 'bob')
      expect(await find(world, 'word')).toEqual(['[word] there'])
    })

    it('only what one person sent, by username of any case', async () => {
      const world = await worldWith('word of alice')
      await world.say('room', 'bob', 'word of bob')
      expect(await find(world, 'word', { from: 'Alice' })).toEqual(['[word] of alice'])
      expect(await find(world, 'word', { from: 'bob', conversation: 'room' })).toEqual(['[word] of bob'])
      expect(await find(world, 'word', { from: 'nobody' })).toEqual([])
    })

    it('only what was sent at or after one moment and before another', async () => {
      const world = await worldWith('word one', 'word two', 'word three')
      const { hits } = await world.store.search({ user: 'bob', query: 'word', limit: 50 })
      const [three, two, one] = hits.map(hit => hit.at)
      expect(new Set([one, two, three]).size).toBe(3)
      expect(await find(world, 'word', { since: two! })).toEqual(['[word] three', '[word] two'])
      expect(await find(world, 'word', { until: two! })).toEqual(['[word] one'])
      expect(await find(world, 'word', { since: two!, until: three! })).toEqual(['[word] two'])
    })

    it('newest first over all conversations, by pages without gaps or repeats', async () => {
      const world = await createWorld(open)
      await world.conversation('other', ['bob'])
      for (let index = 0; index < 10; index++) await world.say(index % 2 ? 'other' : 'room', 'bob', `word ${index}`)
      const found: string[] = []
      let cursor: string | undefined
      do {
        const page = await world.store.search({ user: 'bob', query: 'word', limit: 3, ...(cursor ? { cursor } : {}) })
        found.push(...page.hits.map(hit => hit.snippet.slice(-1)))
        cursor = page.next
      } while (cursor)
      expect(found).toEqual(['9', '8', '7', '6', '5', '4', '3', '2', '1', '0'])
      expect((await world.store.search({ user: 'bob', query: 'word', limit: 3, cursor: 'junk' })).hits).toHaveLength(3)
    })

    it('an edit is found by its new words only, before and after the old ones were indexed', async () => {
      const world = await worldWith('first form', 'second form')
      await world.edit('room', 'alice', 1, 'changed 上海')
      expect(await find(world, 'first')).toEqual([])
      expect(await find(world, 'form')).toEqual(['second [form]'])
      await world.edit('room', 'alice', 2, 'again 上海')
      expect(await find(world, 'form')).toEqual([])
      expect(await find(world, '上海')).toEqual(['again [上海]', 'changed [上海]'])
    })

    it('[O5] a deleted message is not found, whether it was indexed or not', async () => {
      const world = await worldWith('secret one', 'secret two')
      await world.remove('room', 'alice', 1)
      expect(await find(world, 'secret')).toEqual(['[secret] two'])
      await world.remove('room', 'alice', 2)
      expect(await find(world, 'secret')).toEqual([])
    })

    it('a snippet shows a part of a long text around the match, and no forged marks', async () => {
      const world = await worldWith(`${'漢字'.repeat(200)} needle ${'𠀀'.repeat(300)}`, 'a\uE000needle\uE001 b')
      const [forged, long] = await find(world, 'needle')
      expect(forged).toBe('a[needle] b')
      expect(long).toMatch(/^….*\[needle\].*…$/u)
      expect([...long ?? ''].length).toBeLessThan(200)
      expect(long?.isWellFormed()).toBe(true)
    })

    it('a snippet leaves out the signs of a code block', async () => {
      const world = await worldWith('look:\n```ts\nconst needle = 1\n```\nend', '```\n```', '> ~~~ js\n> needle ```x``` y\n> ~~~')
      expect(await find(world, 'needle')).toEqual(['> [needle] ```x``` y\n', 'look:\nconst [needle] = 1\nend'])
    })

    it('[U-Q1] has: finds what messages hold, with words or without, before and after they were indexed', async () => {
      const world = await worldWith('plain cat', 'see https://a.example cat')
      for (const [id, type, mime] of [['p1', 'image', 'image/png'], ['f1', 'file', 'application/pdf']] as const) {
        const attachment = { id, name: `cat ${id}`, mime, size: 9 }
        await world.store.addAttachment({ attachment, uploader: 'alice', at: 1, expiresAt: 10 })
        await world.commit('room', 'alice', { kind: 'message', content: { type, attachment, ...(id === 'f1' ? { text: 'and HTTP://b.example' } : {}) } })
      }
      const has = async (query: string, ...marks: ContentMark[]) =>
        (await world.store.search({ user: 'bob', query, has: marks, limit: 50 })).hits.map(({ seq }) => seq)
      for (let round = 0; round < 2; round++) {
        expect(await has('', 'file')).toEqual([4, 3])
        expect(await has('cat', 'file')).toEqual([4, 3])
        expect(await has('p1', 'file')).toEqual([3])
        expect(await has('', 'image')).toEqual([3])
        expect(await has('', 'link')).toEqual([4, 2])
        expect(await has('', 'file', 'link')).toEqual([4])
        expect(await has('', 'video')).toEqual([])
        expect(await has('cat')).toEqual([4, 3, 2, 1])
        expect(await has('')).toEqual([])
      }
      await world.edit('room', 'alice', 2, 'no more')
      await world.edit('room', 'alice', 1, 'now https://c.example')
      await world.remove('room', 'alice', 4)
      expect(await has('', 'link')).toEqual([1])
      expect(await has('', 'file')).toEqual([3])
    })
  })
}
