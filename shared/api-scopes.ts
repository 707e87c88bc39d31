/**
 * What an API token may be used for (PROTOCOL 3, A7). `read`: everything that its user can read, and a socket. `write`: to take part: messages,
 * files, joining, leaving. `manage`: to make and run conversations, and the profile. `admin`: the administration of the server, for a
 * token of an admin. None of them reaches log-ins, password, tokens or the end of the account.
 */
export const apiScopes = ['read', 'write', 'manage', 'admin'] as const
export type ApiScope = (typeof apiScopes)[number]
