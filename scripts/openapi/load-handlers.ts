import { registerHooks } from 'node:module'
import type { GenericSchema } from 'valibot'
import type * as standIns from '#parley/scripts/openapi/stand-ins.ts'

/** What handlers reach the server by; see stand-ins.ts. */
const replaced = new Set(['api-handler', 'request-body', 'allowance', 'chat'].map(name => `#parley/server/utils/${name}.ts`))
const address = new URL('stand-ins.ts', import.meta.url).href

export interface HandlerFacts { guard: standIns.Guard, body?: GenericSchema, query?: GenericSchema }

/** Loads handlers in plain Node. @returns what a handler reads, by its file */
export async function openHandlers(root: string): Promise<(file: string) => Promise<HandlerFacts>> {
  registerHooks({
    resolve(specifier, context, next) {
      return replaced.has(specifier) && context.parentURL !== address ? { url: address, shortCircuit: true } : next(specifier, context)
    },
  })
  const { globals, readsOf } = await import('#parley/scripts/openapi/stand-ins.ts')
  for (const name of globals) Reflect.set(globalThis, name, (first: unknown) => first)
  // A header that every handler gets past; Number() of it is none.
  Reflect.set(globalThis, 'getRequestHeader', () => 'multipart/form-data; boundary=x')
  return async (file) => {
    const loaded = await import(new URL(file, `file://${root}/`).href.replaceAll('[', '%5B').replaceAll(']', '%5D')) as { default: standIns.LoadedHandler }
    return { guard: loaded.default.guard, ...await readsOf(loaded.default) }
  }
}
