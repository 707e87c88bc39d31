import type { AdminConversation } from '#parley/shared/administration.ts'
import { auditOf, type Actor } from '#parley/server/administration/admin.ts'
import type { ChatService, Outcome } from '#parley/server/chat/chat-service.ts'
import type { Clock, LogChange, Store } from '#parley/server/chat/ports.ts'

export interface ConversationActsOptions {
  store: Store
  chat: Pick<ChatService, 'actAsServer' | 'forget'>
  clock: Pick<Clock, 'now'>
  /** A conversation was deleted: its log is to be erased soon. */
  onDeleted: () => void
}

/** What admins of the server do with conversations, member or not. */
export interface AdminConversations {
  close(actor: Actor, id: string): Promise<Outcome<AdminConversation>>
  /** Makes the acting admin the owner of one that has no owner left who can log in. Its members see it happen. */
  own(actor: Actor, id: string): Promise<Outcome<AdminConversation>>
  /** @param confirm its title, or its id where it has none: nobody deletes a conversation by a slip */
  remove(actor: Actor, id: string, confirm: string): Promise<Outcome<void>>
}

const notFound = { ok: false, code: 'not_found', message: 'there is no such conversation' } as const

export function createAdminConversations({ store, chat, clock, onDeleted }: ConversationActsOptions): AdminConversations {
  async function after(id: string, done: Outcome<void>): Promise<Outcome<AdminConversation>> {
    if (!done.ok) return done
    const conversation = await store.conversationForAdmin(id)
    return conversation ? { ok: true, value: conversation } : notFound
  }

  return {
    async close(actor, id) {
      const conversation = await store.conversationForAdmin(id)
      if (!conversation) return notFound
      if (conversation.closed) return { ok: true, value: conversation }
      const audit = auditOf(actor, clock.now(), 'conversation.close', { target: id, name: conversation.title })
      return after(id, await chat.actAsServer(id, actor.account.id, { kind: 'meta', closed: true }, { audit }))
    },
    async own(actor, id) {
      const conversation = await store.conversationForAdmin(id)
      if (!conversation) return notFound
      if (!conversation.orphan) return { ok: false, code: 'forbidden', message: 'the conversation has an owner' }
      const { account } = actor
      const member = await store.roleOf(id, account.id) !== undefined
      const change: LogChange = { kind: 'member', user: account.id, change: member ? 'role' : 'join', role: 'owner' }
      const audit = auditOf(actor, clock.now(), 'conversation.owner', { target: id, name: conversation.title })
      return after(id, await chat.actAsServer(id, account.id, change, { audit }))
    },
    async remove(actor, id, confirm) {
      const conversation = await store.conversationForAdmin(id)
      if (!conversation) return notFound
      if (confirm.trim() !== (conversation.title.trim() || id)) return { ok: false, code: 'bad_target', message: 'the confirmation is not the title' }
      const detail = { kind: conversation.kind, members: conversation.members, entries: conversation.entries }
      const removed = await store.deleteConversation(id, clock.now(), auditOf(actor, clock.now(), 'conversation.delete', { target: id, name: conversation.title, detail }))
      if (!removed) return notFound
      chat.forget(id)
      onDeleted()
      return { ok: true, value: undefined }
    },
  }
}
