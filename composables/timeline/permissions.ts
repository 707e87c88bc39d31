import type { ConversationView, MessageRow } from '#parley/client/types.ts'

/** What the user may do with a message; only this is offered (U-M1). The server decides again (S8). */
export interface MessagePermissions {
  react: boolean
  reply: boolean
  copy: boolean
  /** A copy elsewhere: of the file, or of the text. */
  forward: boolean
  edit: boolean
  remove: boolean
}

/** The text of a message that people can read, copy and quote: its own, or the fallback of what this client cannot show. */
export function textOf(row: MessageRow): string {
  const content = row.content
  if (content === undefined) return ''
  if (content.type === 'custom') return content.text.trim() === '' ? `[${content.name}]` : content.text
  if (content.type === 'text') return content.text
  return content.text ?? content.alt ?? content.attachment.name
}

export function permissionsOf(row: MessageRow, conversation: Pick<ConversationView, 'kind' | 'role' | 'closed'>): MessagePermissions {
  const stored = row.seq !== undefined && row.deletedAt === undefined
  const open = conversation.closed !== true
  const leads = conversation.role === 'owner' || conversation.role === 'admin'
  const mayWrite = open && (conversation.kind !== 'channel' || leads)
  return {
    react: stored && open,
    reply: stored && mayWrite,
    copy: textOf(row) !== '',
    forward: stored,
    edit: stored && mayWrite && row.mine && row.content?.type === 'text',
    remove: stored && open && (row.mine || (leads && conversation.kind !== 'direct')),
  }
}
