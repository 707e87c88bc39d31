import type { GenericSchema } from 'valibot'

// Whatever else those modules offer is as it is; a name of this file goes before theirs.
export * from '#parley/server/utils/allowance.ts'
export * from '#parley/server/utils/api-handler.ts'
export * from '#parley/server/utils/chat.ts'
export * from '#parley/server/utils/request-body.ts'

/**
 * Stands in for what handlers of server/api/ use, while they are loaded to be described: a handler then runs as far as it says what it
 * reads, and no further. So the schemas of the description are the very ones that judge requests.
 */

/** Ends a handler. */
class Described extends Error {}

/** What the handler that runs now reads. */
export const reads: { body?: GenericSchema, query?: GenericSchema } = {}

/** Answers every question with itself, so that a handler gets past what it asks before it reads; as a number it is neither more nor less than any. */
const anything: unknown = new Proxy(function anything() {}, {
  get: (_target, name) => name === 'then' ? undefined : name === Symbol.toPrimitive ? () => Number.NaN : anything,
  apply: () => anything,
})

/** Who may call: the schemes of `security`, in words. */
export type Guard = 'anyone' | 'account' | 'admin'

export interface LoadedHandler {
  guard: Guard
  handle: (event: unknown, caller: unknown) => unknown
}

const handlerFor = (guard: Guard) => (handle: LoadedHandler['handle']): LoadedHandler => ({ guard, handle })
export const apiHandler = handlerFor('anyone')
export const accountHandler = handlerFor('account')
export const adminHandler = handlerFor('admin')

export function readFields(_event: unknown, schema: GenericSchema): never {
  reads.body = schema
  throw new Described()
}

export function readQuery(_event: unknown, schema: GenericSchema): unknown {
  reads.query = schema
  return anything
}

export const readJsonObject = (): unknown => anything
export const isForm = (): boolean => false
export const pathId = (): string => 'id'
export const pathSeq = (): number => 1
export const spend = (): void => undefined
export const actorOf = (): unknown => anything
export const useParley = (): unknown => anything
export const useChat = (): unknown => anything

/** Somebody with an account, and a guest: some calls are for one of them only. */
const callers: readonly unknown[] = [anything, { account: { id: 'id', role: 'member', guest: true }, login: 'login' }]

/** Runs a handler until it has said what it reads. */
export async function readsOf(handler: LoadedHandler): Promise<{ body?: GenericSchema, query?: GenericSchema }> {
  delete reads.body
  delete reads.query
  for (const caller of callers) {
    try {
      await handler.handle(anything, caller)
    }
    catch {
      // Where it ends does not matter: document.ts checks that everything it reads was seen.
    }
    if (reads.body !== undefined) break
  }
  return { ...reads }
}

/** Functions that Nitro makes global. */
export const globals = ['defineEventHandler', 'getRouterParam', 'getQuery', 'getRequestHeader', 'setResponseHeader', 'setResponseHeaders', 'sendStream', 'setCookie', 'getCookie', 'useRuntimeConfig'] as const
