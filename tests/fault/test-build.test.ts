import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serverEntry, testServerEntry } from '#parley/tests/helpers/build.ts'

/** What only the test build may hold. */
const marks = ['PARLEY_FAILPOINTS', 'PARLEY_TIME_FACTOR', 'PARLEY_CLOCK_OFFSET', 'PARLEY_STORE_FAILPOINT', 'SIGUSR2', 'before-commit', 'test build']

/** Every mark that stands in our own code of a build: server, and what browsers load. Maps and packages are not our code. */
async function marksIn(entry: string): Promise<string[]> {
  const root = join(entry, '..', '..')
  const files = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter(file => file.isFile() && /\.(mjs|js|json|html)$/.test(file.name) && !file.parentPath.includes('node_modules'))
  const texts = await Promise.all(files.map(file => readFile(join(file.parentPath, file.name), 'utf8')))
  return marks.filter(mark => texts.some(text => text.includes(mark)))
}

test('the production build holds nothing that is for tests', async () => {
  expect(await marksIn(serverEntry)).toEqual([])
})

test('the test build holds all of it', async () => {
  expect(await marksIn(testServerEntry)).toEqual(marks)
})
