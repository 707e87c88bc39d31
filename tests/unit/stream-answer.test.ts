import { Readable, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { streamAnswer } from '#parley/server/utils/stream-answer.ts'

const collector = () => {
  const chunks: string[] = []
  const response = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  return { response, chunks }
}

test('[X40] a reader who left before the answer began leaves no file open', async () => {
  const { response } = collector()
  response.destroy()
  const bytes = Readable.from(['a', 'b'])
  await streamAnswer(bytes, response)
  expect(bytes.destroyed).toBe(true)
})

test('all of a stream is written, and one that breaks is nobody else\'s trouble', async () => {
  const { response, chunks } = collector()
  await streamAnswer(Readable.from(['a', 'b']), response)
  expect(chunks).toEqual(['a', 'b'])
  const broken = new Readable({
    read() {
      this.destroy(new Error('the disk is gone'))
    },
  })
  await streamAnswer(broken, collector().response)
  expect(broken.destroyed).toBe(true)
})
