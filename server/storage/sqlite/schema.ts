import type { Generated } from 'kysely'
import type { UserRole } from '#parley/shared/model.ts'

/** Tables that are queried through Kysely. The log's own tables are read and written by hand-made statements: they are the hot path. */
export interface Schema {
  users: {
    num: Generated<number>
    id: string
    username: string
    username_key: string
    display_name: string
    display_key: string
    avatar: string | null
    role: UserRole
    password_hash: string
    disabled: Generated<number>
    created_at: number
    last_seen: number | null
  }
  logins: {
    id: string
    user: number
    user_agent: string
    address: string
    created_at: number
    last_seen_at: number
    expires_at: number
  }
  api_tokens: {
    id: string
    user: number
    name: string
    hash: string
    created_at: number
    last_used_at: number | null
  }
  blocks: { user: number, blocked: number }
  meta: { name: string, value: string }
}
