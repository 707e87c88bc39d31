import { readFileSync } from 'node:fs'

type Schema = { [field: string]: unknown }
interface Description {
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, { schema: Schema }> }> }>>
  components: { schemas: Record<string, Schema> }
}

const description = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as Description

const kindOf = (value: unknown): string => value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value

function faultsOfObject(value: Record<string, unknown>, schema: Schema, at: string): string[] {
  const { properties = {}, required = [], additionalProperties } = schema as { properties?: Record<string, Schema>, required?: string[], additionalProperties?: Schema }
  const missing = required.filter(name => !(name in value)).map(name => `${at}.${name} is missing`)
  const others = Object.entries(value).flatMap(([name, held]) => {
    const of = properties[name] ?? additionalProperties
    // A field that nobody described is a fault too: a client that trusts the description would not know it.
    return of === undefined ? [`${at}.${name} is not described`] : faults(held, of, `${at}.${name}`)
  })
  return [...missing, ...others]
}

/** What a value has that its schema does not tell, and the other way round. Only the words that scripts/openapi makes are understood. */
function faults(value: unknown, schema: Schema, at: string): string[] {
  if (typeof schema['$ref'] === 'string') return faults(value, description.components.schemas[schema['$ref'].split('/').at(-1)!]!, at)
  if (Array.isArray(schema['anyOf'])) {
    const tries = (schema['anyOf'] as Schema[]).map(part => faults(value, part, at))
    return tries.some(found => found.length === 0) ? [] : tries.toSorted((left, right) => left.length - right.length)[0]!
  }
  if ('const' in schema) return value === schema['const'] ? [] : [`${at} is not ${String(schema['const'])}`]
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) return [`${at} is none of ${schema['enum'].join(', ')}`]
  if (schema['type'] !== undefined && schema['type'] !== kindOf(value)) return [`${at} is of type ${kindOf(value)}, not ${String(schema['type'])}`]
  if (Array.isArray(value)) return value.flatMap((item, index) => faults(item, (schema['items'] ?? {}) as Schema, `${at}[${index}]`))
  return kindOf(value) === 'object' && schema['type'] === 'object' ? faultsOfObject(value as Record<string, unknown>, schema, at) : []
}

/** Path of the description for a path of the server. */
function described(method: string, path: string): string | undefined {
  const parts = path.split('?')[0]!.split('/')
  const fits = (other: string): boolean => {
    const names = other.split('/')
    return names.length === parts.length && names.every((name, index) => name.startsWith('{') || name === parts[index])
  }
  const all = Object.keys(description.paths).filter(other => fits(other) && method.toLowerCase() in description.paths[other]!)
  return all.toSorted((left, right) => left.split('{').length - right.split('{').length)[0]
}

/** How an answer differs from its description; empty: not at all. */
export function answerFaults(method: string, path: string, status: number, body: unknown): string[] {
  const known = described(method, path)
  if (known === undefined) return [`${method} ${path} is not described`]
  const { responses } = description.paths[known]![method.toLowerCase()]!
  const response = responses[status]
  if (status >= 400) return faults(body, { $ref: '#/components/schemas/HttpErrorBody' }, `${method} ${known} ${status}`)
  if (response === undefined) return [`${method} ${known} answers ${status}, described are ${Object.keys(responses).join(', ')}`]
  const schema = response.content?.['application/json']?.schema
  if (schema === undefined) return body === undefined || response.content !== undefined ? [] : [`${method} ${known} answers a body`]
  return faults(body, schema, `${method} ${known} ${status}`)
}
