import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { apiFiles, callOf } from '#parley/scripts/openapi/document.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const description = JSON.parse(readFileSync(`${root}/docs/openapi.json`, 'utf8')) as { paths: Record<string, Record<string, object>> }
const methods = new Set(['get', 'post', 'put', 'patch', 'delete'])

describe('docs/openapi.json (made by `npm run openapi`)', () => {
  it('describes every call that there is, and no other', () => {
    const described = Object.entries(description.paths).flatMap(([path, operations]) =>
      Object.keys(operations).filter(key => methods.has(key)).map(method => `${method.toUpperCase()} ${path}`))
    const handled = apiFiles(root).map(callOf).filter(call => call !== undefined).map(({ method, path }) => `${method} ${path}`)
    expect({ missing: handled.filter(call => !described.includes(call)), stray: described.filter(call => !handled.includes(call)) }).toEqual({ missing: [], stray: [] })
  })

  it('is OpenAPI', async () => {
    expect(await new Validator().validate(description)).toMatchObject({ valid: true })
  })

  it('is what the handlers are: their schemas, their types, their words', async () => {
    const told = await promisify(execFile)(process.execPath, ['scripts/openapi.ts', '--check'], { cwd: root }).then(() => '', (error: { stderr: string }) => error.stderr)
    expect(told).toBe('')
  }, 60_000)
})
