import { expect, it } from 'vitest'
import { fileSize } from '#parley/composables/attachments/file-size.ts'

it('a size is told as people say it, in each language', () => {
  expect([0, 1, 600, 1_500, 3_000_000, 2_147_483_648].map(bytes => fileSize('en', bytes))).toEqual(['0 bytes', '1 byte', '600 bytes', '1.5 kB', '3 MB', '2.1 GB'])
  expect([600, 1_500].map(bytes => fileSize('zh-CN', bytes))).toEqual(['600字节', '1.5 kB'])
})
