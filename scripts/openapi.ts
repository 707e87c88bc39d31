import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeApi } from '#parley/scripts/openapi/document.ts'

/** `npm run openapi`: writes docs/openapi.json; with `--check` it only says whether that is what the handlers are. */

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const file = `${root}/docs/openapi.json`
const text = `${JSON.stringify(await describeApi(root), undefined, 1)}\n`

if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('docs/openapi.json is not what the handlers are: run `npm run openapi`\n')
  process.exitCode = 1
}
