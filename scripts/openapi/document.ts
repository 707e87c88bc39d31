import { globSync } from 'node:fs'
import { join } from 'node:path'
import { toJsonSchema } from '@valibot/to-json-schema'
import ts from 'typescript'
import type { GenericSchema } from 'valibot'
import { byHand } from '#parley/scripts/openapi/by-hand.ts'
import { readHandler } from '#parley/scripts/openapi/handler-source.ts'
import { openHandlers } from '#parley/scripts/openapi/load-handlers.ts'
import type { HandlerFacts } from '#parley/scripts/openapi/load-handlers.ts'
import { TypeSchemas } from '#parley/scripts/openapi/type-schemas.ts'
import type { Schema } from '#parley/scripts/openapi/type-schemas.ts'

/** `server/api/users/[id].get.ts` as `GET /api/users/{id}`; undefined: no call of its own. */
export function callOf(file: string): { method: string, path: string } | undefined {
  const found = /^server(\/api\/.*?)(?:\/index)?\.(get|post|put|patch|delete)\.ts$/.exec(file)
  return found ? { method: found[2]!.toUpperCase(), path: found[1]!.replaceAll(/\[(\w+)\]/g, '{$1}') } : undefined
}

export const apiFiles = (root: string): string[] => globSync('server/api/**/*.ts', { cwd: root }).sort()

const options: ts.CompilerOptions = {
  strict: true, noEmit: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true, types: ['node'], skipLibCheck: true, exactOptionalPropertyTypes: true, lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'],
}

const jsonSchema = (schema: GenericSchema): Schema => {
  const { $schema: _dialect, ...rest } = toJsonSchema(schema, { typeMode: 'input', errorMode: 'ignore', target: 'draft-2020-12' })
  return rest as Schema
}

function queryParameters(query: GenericSchema | undefined): Schema[] {
  if (query === undefined) return []
  const { properties = {}, required = [] } = jsonSchema(query) as { properties?: Record<string, Schema>, required?: string[] }
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }))
}

const pathParameters = (path: string): Schema[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) =>
  ({ name, in: 'path', required: true, schema: { type: name === 'seq' ? 'integer' : 'string' } }))

const descriptions: Record<number, string> = { 201: 'Made', 302: 'Leads on', 303: 'Leads on' }

const operationId = (method: string, path: string): string =>
  `${method.toLowerCase()}${path.slice('/api'.length).replaceAll(/[/{}_-]+(\w)?/g, (_part, letter: string | undefined) => letter?.toUpperCase() ?? '')}`

/** Makes the description of every call. Not part of the server: it loads the compiler. */
class Describer {
  readonly #program: ts.Program
  readonly #checker: ts.TypeChecker
  readonly #schemas: TypeSchemas
  readonly #root: string

  constructor(root: string, files: readonly string[]) {
    this.#root = root
    this.#program = ts.createProgram(files.map(file => join(root, file)), options)
    this.#checker = this.#program.getTypeChecker()
    this.#schemas = new TypeSchemas(this.#checker)
  }

  get components(): Record<string, Schema> {
    return Object.fromEntries([...this.#schemas.components].sort(([left], [right]) => left < right ? -1 : 1))
  }

  /** The schema of a type that shared/http.ts exports. */
  named(name: string): Schema {
    const source = this.#program.getSourceFile(join(this.#root, 'shared/http.ts'))
    const exported = source && this.#checker.getExportsOfModule(this.#checker.getSymbolAtLocation(source)!).find(symbol => symbol.getName() === name)
    if (exported === undefined) throw new Error(`shared/http.ts has no ${name}`)
    return this.#schemas.of(this.#checker.getDeclaredTypeOfSymbol(exported))
  }

  operation(file: string, { method, path }: { method: string, path: string }, { guard, body, query }: HandlerFacts): Schema {
    const { words, statuses, calls, answer } = readHandler(this.#program.getSourceFile(join(this.#root, file))!, this.#checker)
    const given = byHand[`${method} ${path}`] ?? {}
    if (calls.has('readFields') && body === undefined && !given.body) throw new Error(`the body of ${method} ${path} was not seen: say in scripts/openapi/by-hand.ts what it is`)
    if (calls.has('readQuery') && query === undefined) throw new Error(`the query of ${method} ${path} was not seen`)
    const content = given.body ?? (body === undefined ? undefined : { 'application/json': jsonSchema(body) })
    const schema = given.answer === undefined ? answer && this.#schemas.of(answer) : this.named(given.answer)
    const told = given.answers === undefined ? schema && { 'application/json': { schema } } : { [given.answers]: { schema: { type: 'string', format: 'binary' } } }
    const success = given.redirects ? [302] : statuses.some(status => status < 300) ? statuses : [...statuses, told === undefined ? 204 : 200]
    return {
      operationId: operationId(method, path),
      tags: [path.split('/')[2]],
      summary: words,
      ...(guard === 'anyone' ? { security: [] } : guard === 'admin' ? { description: 'For admins of the server.' } : {}),
      parameters: [...pathParameters(path), ...queryParameters(query)],
      ...(content === undefined ? {} : { requestBody: { required: true, content: Object.fromEntries(Object.entries(content).map(([mime, of]) => [mime, { schema: of }])) } }),
      responses: {
        ...Object.fromEntries(success.map(status => [status, { description: descriptions[status] ?? 'Done', ...(told === undefined || status >= 300 ? {} : { content: told }) }])),
        default: { $ref: '#/components/responses/Refused' },
      },
    }
  }
}

/** The OpenAPI description of the HTTP interface, made of its handlers: their files, types, schemas and words. */
export async function describeApi(root: string): Promise<Schema> {
  const files = apiFiles(root).filter(file => callOf(file) !== undefined)
  const describer = new Describer(root, files)
  const factsOf = await openHandlers(root)
  const paths: Record<string, Schema> = {}
  for (const file of files) {
    const call = callOf(file)!
    const operation = describer.operation(file, call, await factsOf(file))
    paths[call.path] = { ...paths[call.path], [call.method.toLowerCase()]: operation }
  }
  const refused = describer.named('HttpErrorBody')
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley', version: '1', license: { name: 'MIT', identifier: 'MIT' },
      description: 'The HTTP interface beside the WebSocket. Behaviour is in docs/PROTOCOL.md; this is made of the handlers by `npm run openapi`.',
    },
    servers: [{ url: '/' }],
    security: [{ cookie: [] }, { token: [] }],
    paths,
    components: {
      schemas: describer.components,
      responses: { Refused: { description: 'Refused, with a code in `data.code`', content: { 'application/json': { schema: refused } } } },
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: 'nuxt-session', description: 'A log-in. Writes need a same-origin request (A3).' },
        token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
      },
    },
  }
}
