import { describe, expect, it } from 'vitest'
import type { Attachment, Content } from '#parley/shared/model.ts'
import type { LogChange } from '#parley/server/chat/ports.ts'
import { createWorld, type OpenStore, type World } from '#parley/tests/contract/world.ts'

const day = 86_400_000

const file = (id: string, change: Partial<Attachment> = {}): Attachment => ({ id, name: 'cat.png', mime: 'image/png', size: 100, width: 40, height: 30, ...change })
const picture = (attachment: Attachment, text?: string): Content => ({ type: 'image', attachment, ...(text === undefined ? {} : { text }) })
const sends = (content: Content): LogChange => ({ kind: 'message', content })

async function upload(world: World, attachment: Attachment, { uploader = 'alice', key, quota }: { uploader?: string, key?: string, quota?: number } = {}) {
  return world.store.addAttachment({
    attachment, uploader, at: world.now, expiresAt: world.now + day, ...(key === undefined ? {} : { key }), ...(quota === undefined ? {} : { quota }),
  })
}

/** A message of Alice in «room» that holds a new file. */
async function share(world: World, id = 'a1'): Promise<number> {
  await upload(world, file(id))
  return (await world.commit('room', 'alice', sends(picture(file(id))))).seq
}

/** Files: who may read them, who may send them, when they go. */
export function attachmentsContract(open: OpenStore): void {
  describe('attachments', () => {
    it('a file that was never uploaded cannot be sent, nor one that somebody else uploaded', async () => {
      const world = await createWorld(open)
      expect(await world.refusal('room', 'alice', sends(picture(file('none'))))).toBe('attachment_missing')
      await upload(world, file('a1'))
      expect(await world.refusal('room', 'bob', sends(picture(file('a1'))))).toBe('attachment_missing')
      expect(await world.refusal('room', 'alice', sends(picture(file('a1'))))).toBe('accepted')
    })

    it('[S9, X29] what a message says of a file is what its upload was answered', async () => {
      const world = await createWorld(open)
      await upload(world, file('a1'))
      for (const change of [{ size: 5 }, { mime: 'text/html' }, { name: 'dog.png' }, { width: 41 }, { height: undefined }]) {
        expect(await world.refusal('room', 'alice', sends(picture(file('a1', change))))).toBe('bad_content')
      }
      await upload(world, file('page', { mime: 'text/plain', name: 'x.html' }))
      expect(await world.refusal('room', 'alice', sends(picture(file('page', { mime: 'text/plain', name: 'x.html' }))))).toBe('bad_content')
      expect(await world.refusal('room', 'alice', sends({ type: 'audio', attachment: { ...file('a1'), duration: 3 } }))).toBe('bad_content')
      expect(await world.refusal('room', 'alice', sends({ type: 'file', attachment: { ...file('a1'), duration: 3 } }))).toBe('accepted')
    })

    it('its uploader reads it until it is sent, then members of the conversation do and nobody else', async () => {
      const world = await createWorld(open)
      await upload(world, file('a1'))
      const readers = async () => (await Promise.all(['alice', 'bob', 'dave'].map(async user => await world.store.attachmentFor(user, 'a1') ? user : ''))).filter(Boolean)
      expect(await readers()).toEqual(['alice'])
      await world.commit('room', 'alice', sends(picture(file('a1'))))
      expect(await readers()).toEqual(['alice', 'bob'])
      expect(await world.store.attachmentFor('bob', 'a1')).toEqual(file('a1'))
      await world.leave('room', 'bob')
      expect(await readers()).toEqual(['alice'])
      expect(await world.store.attachmentFor('alice', 'none')).toBeUndefined()
    })

    it('who may read a file may send it on, and so widens who may read it', async () => {
      const world = await createWorld(open)
      await share(world)
      await world.conversation('other', ['bob', 'dave'])
      expect(await world.refusal('other', 'dave', sends(picture(file('a1'))))).toBe('attachment_missing')
      expect(await world.refusal('other', 'bob', sends(picture(file('a1'))))).toBe('accepted')
      expect(await world.store.attachmentFor('dave', 'a1')).toEqual(file('a1'))
    })

    it('[S3] the same message again is a duplicate, also when its file is gone', async () => {
      const world = await createWorld(open)
      await upload(world, file('a1'))
      const cid = world.nextCid()
      const first = await world.commit('room', 'alice', sends(picture(file('a1'), 'look')), { cid })
      expect(await world.append('room', 'alice', sends(picture(file('a1'), 'look')), { cid })).toMatchObject({ ok: true, duplicate: true })
      await world.remove('room', 'alice', first.seq)
      expect(await world.append('room', 'alice', sends(picture(file('a1'), 'look')), { cid })).toMatchObject({ ok: true, duplicate: true })
    })

    it('an upload under the same key is the first one again, for that uploader', async () => {
      const world = await createWorld(open)
      expect(await upload(world, file('a1'), { key: 'k' })).toEqual({ ok: true, attachment: file('a1'), duplicate: false })
      expect(await upload(world, file('a2'), { key: 'k' })).toEqual({ ok: true, attachment: file('a1'), duplicate: true })
      expect(await upload(world, file('b1'), { key: 'k', uploader: 'bob' })).toMatchObject({ attachment: { id: 'b1' }, duplicate: false })
      expect(await world.store.attachmentOfKey('alice', 'k')).toEqual(file('a1'))
      expect(await world.store.attachmentOfKey('carol', 'k')).toBeUndefined()
      expect(await world.store.attachmentFor('alice', 'a2')).toBeUndefined()
      expect(await upload(world, file('a3'))).toMatchObject({ duplicate: false })
      expect(await upload(world, file('a4'))).toMatchObject({ duplicate: false })
    })

    it('[X29] a quota holds for all files of one user together', async () => {
      const world = await createWorld(open)
      expect(await upload(world, file('a1'), { quota: 250 })).toMatchObject({ ok: true })
      expect(await upload(world, file('a2'), { quota: 250 })).toMatchObject({ ok: true })
      expect(await upload(world, file('a3'), { quota: 250 })).toEqual({ ok: false, code: 'quota_exceeded' })
      expect(await upload(world, file('a3', { size: 50 }), { quota: 250 })).toMatchObject({ ok: true })
      expect(await upload(world, file('b1'), { uploader: 'bob', quota: 250 })).toMatchObject({ ok: true })
      expect(await world.store.storedBytes('alice')).toBe(250)
      expect(await world.store.storedBytes('carol')).toBe(0)
    })

    it('what no message holds in time is to be erased, and is named until it is', async () => {
      const world = await createWorld(open)
      await upload(world, file('orphan'))
      await share(world, 'kept')
      expect(await world.store.filesToErase(world.now, 10)).toEqual([])
      expect(await world.store.filesToErase(world.now + 2 * day, 10)).toEqual(['orphan'])
      expect(await world.store.attachmentFor('alice', 'orphan')).toBeUndefined()
      expect(await world.refusal('room', 'alice', sends(picture(file('orphan'))))).toBe('attachment_missing')
      expect(await world.store.filesToErase(world.now, 10)).toEqual(['orphan'])
      await world.store.forgetErased(['orphan'])
      expect(await world.store.filesToErase(world.now + 2 * day, 10)).toEqual([])
      expect(await world.store.storedBytes('alice')).toBe(100)
    })

    it('[O5] a file goes with the last message that holds it, an edited one included', async () => {
      const world = await createWorld(open)
      const first = await share(world)
      const second = (await world.commit('room', 'alice', sends(picture(file('a1'), 'again')))).seq
      await world.remove('room', 'alice', first)
      expect(await world.store.filesToErase(world.now, 10)).toEqual([])
      expect(await world.store.attachmentFor('bob', 'a1')).toEqual(file('a1'))
      await world.commit('room', 'alice', { kind: 'edit', target: second, content: { type: 'text', text: 'without it' } })
      expect(await world.store.attachmentFor('bob', 'a1')).toEqual(file('a1'))
      await world.remove('room', 'alice', second)
      expect(await world.store.attachmentFor('bob', 'a1')).toBeUndefined()
      expect(await world.store.attachmentFor('alice', 'a1')).toBeUndefined()
      expect(await world.store.filesToErase(world.now, 10)).toEqual(['a1'])
    })

    it('a search finds a message by the name of its file, until it is deleted (O5)', async () => {
      const world = await createWorld(open)
      const named = (id: string, name: string, words?: string) => {
        const attachment = file(id, { name })
        return upload(world, attachment).then(() => world.commit('room', 'alice', sends(picture(attachment, words))))
      }
      const find = async (query: string) => (await world.store.search({ user: 'bob', query, limit: 9 })).hits.map(({ seq }) => seq)
      await named('a1', '季度报告.png', 'please read')
      await named('a2', 'holiday.png')
      expect([await find('报告'), await find('holiday'), await find('read')]).toEqual([[1], [2], [1]])
      await world.remove('room', 'alice', 2)
      await world.edit('room', 'alice', 1, 'gone')
      expect([await find('报告'), await find('holiday'), await find('gone')]).toEqual([[], [], [1]])
    })

    it('an edit may bring a file, under the same rules', async () => {
      const world = await createWorld(open)
      const { seq: target } = await world.say('room', 'alice', 'soon')
      expect(await world.refusal('room', 'alice', { kind: 'edit', target, content: picture(file('a1')) })).toBe('attachment_missing')
      await upload(world, file('a1'))
      expect(await world.refusal('room', 'alice', { kind: 'edit', target, content: picture(file('a1'), 'here') })).toBe('accepted')
      expect(await world.store.attachmentFor('carol', 'a1')).toEqual(file('a1'))
      expect((await world.messages('room'))[0]?.content).toEqual(picture(file('a1'), 'here'))
    })
  })
}
