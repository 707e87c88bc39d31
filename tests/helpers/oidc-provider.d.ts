/** The package brings no types; this is what our tests use of it. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  interface Grant {
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }
  interface Context {
    oidc: {
      provider: { Grant: new (about: { clientId: string, accountId: string }) => Grant }
      client: { clientId: string }
      session: { accountId: string }
    }
  }
  interface Account { accountId: string, claims: () => Promise<Record<string, unknown> & { sub: string }> }

  export class Provider {
    constructor(issuer: string, configuration: {
      clients: Record<string, unknown>[]
      claims: Record<string, readonly string[]>
      cookies: { keys: readonly string[] }
      findAccount: (context: unknown, id: string) => Promise<Account>
      loadExistingGrant: (context: Context) => Promise<Grant>
    })
    callback(): (request: IncomingMessage, response: ServerResponse) => void
  }
}
