import { expect, test } from 'vitest'
import { droppedFiles, pastedFiles, pickedFile } from '#parley/composables/attachments/taken-files.ts'
import type { Transfer } from '#parley/composables/attachments/taken-files.ts'
import { isHeic, kindOf } from '#parley/shared/attachments.ts'

const file = (name: string, type = 'image/png') => new File(['x'], name, { type })
const clipboard = (files: File[], text?: string): Transfer => ({ types: [...files.length > 0 ? ['Files'] : [], ...text === undefined ? [] : ['text/plain']], files, getData: () => text ?? '' })
const names = (files: File[]) => files.map(({ name }) => name)

test('[U-P8] several files are pasted together, in their order', () => {
  expect(names(pastedFiles(clipboard([file('1.png'), file('2.png'), file('3.pdf')])))).toEqual(['1.png', '2.png', '3.pdf'])
  expect(pastedFiles(null)).toEqual([])
})

test('[U-P8] text wins over the picture that a table brings of itself, but not over files whose names it lists', () => {
  expect(pastedFiles(clipboard([file('image.png')], 'a\tb\n1\t2'))).toEqual([])
  expect(names(pastedFiles(clipboard([file('1.png'), file('报告.pdf')], '1.png\r报告.pdf')))).toEqual(['1.png', '报告.pdf'])
  expect(names(pastedFiles(clipboard([file('1.png')], '/Users/ada/Desktop/1.png\n')))).toEqual(['1.png'])
  expect(pastedFiles(clipboard([file('1.png')], '1.png and more'))).toEqual([])
})

test('[U-P9] a folder among dropped files is left out', () => {
  const item = (isDirectory: boolean) => ({ kind: 'file', webkitGetAsEntry: () => ({ isDirectory }) as FileSystemEntry })
  expect(names(droppedFiles({ ...clipboard([file('folder', ''), file('1.png')]), items: [item(true), item(false)] }))).toEqual(['1.png'])
})

test('a picked file has a name and a kind; a photo that few browsers show is a file, and known as such', () => {
  expect(pickedFile(file('', 'audio/mp4'), 2.5)).toMatchObject({ name: 'file', kind: 'audio', duration: 2.5 })
  expect([kindOf('image/heic'), isHeic('image/heic'), isHeic('image/HEIF'), isHeic('image/png')]).toEqual(['file', true, true, false])
})
