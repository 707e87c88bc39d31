import type { Attachment, Content } from '#parley/shared/model.ts'
import type { AddedAttachment, AttachmentStore, NewAttachment } from '#parley/server/chat/attachment-port.ts'
import { copy, type MemoryAttachment, type MemoryState } from '#parley/server/storage/memory/state.ts'
import type { MemoryWrites } from '#parley/server/storage/memory/writes.ts'

const isHeldFor = (state: MemoryState, user: string, { uses }: MemoryAttachment): boolean =>
  [...uses.keys()].some(conversation => state.conversations.get(conversation)?.members.has(user))

/** The file that a content names, when this user uploaded it or may read it. */
export function attachmentFact(state: MemoryState, user: string, content: Content | undefined): Attachment | undefined {
  if (content === undefined || !('attachment' in content)) return undefined
  const known = state.attachments.get(content.attachment.id)
  return known && (known.uploader === user || isHeldFor(state, user, known)) ? known.attachment : undefined
}

/** A message holds the file of its content from now on. */
export function holdAttachment(state: MemoryState, conversation: string, seq: number, content: Content | undefined): void {
  const known = content !== undefined && 'attachment' in content ? state.attachments.get(content.attachment.id) : undefined
  if (!known) return
  known.uses.set(conversation, (known.uses.get(conversation) ?? new Set()).add(seq))
  delete known.expiresAt
}

/** A message was deleted: the files that no other one holds are to be erased (O5). */
export function releaseAttachments(state: MemoryState, conversation: string, seq: number): void {
  for (const [id, { uses }] of state.attachments) {
    const seqs = uses.get(conversation)
    if (!seqs?.delete(seq)) continue
    if (seqs.size === 0) uses.delete(conversation)
    if (uses.size > 0) continue
    state.attachments.delete(id)
    state.erasable.add(id)
  }
}

const storedBytes = (state: MemoryState, user: string): number =>
  [...state.attachments.values()].reduce((sum, { uploader, attachment }) => uploader === user ? sum + attachment.size : sum, 0)

const ofKey = (state: MemoryState, user: string, key: string): Attachment | undefined =>
  [...state.attachments.values()].find(known => known.uploader === user && known.key === key)?.attachment

function add(state: MemoryState, { attachment, uploader, key, at, expiresAt, quota }: NewAttachment): AddedAttachment {
  const known = key === undefined ? undefined : ofKey(state, uploader, key)
  if (known) return { ok: true, attachment: copy(known), duplicate: true }
  if (quota !== undefined && storedBytes(state, uploader) + attachment.size > quota) return { ok: false, code: 'quota_exceeded' }
  state.attachments.set(attachment.id, { attachment: copy(attachment), uploader, at, ...(key === undefined ? {} : { key }), expiresAt, uses: new Map() })
  return { ok: true, attachment: copy(attachment), duplicate: false }
}

function filesToErase(state: MemoryState, now: number, limit: number): string[] {
  const late = [...state.attachments].filter(([, { expiresAt }]) => expiresAt !== undefined && expiresAt <= now).slice(0, limit)
  for (const [id] of late) {
    state.attachments.delete(id)
    state.erasable.add(id)
  }
  return [...state.erasable].slice(0, limit)
}

export function createMemoryAttachments(state: MemoryState, writes: MemoryWrites): AttachmentStore {
  return {
    addAttachment: request => writes.run(() => add(state, request)),
    attachmentOfKey: async (uploader, key) => copy(ofKey(state, uploader, key)),
    async attachmentFor(user, id) {
      const known = state.attachments.get(id)
      const readable = known && (known.uses.size === 0 ? known.uploader === user : isHeldFor(state, user, known))
      return readable ? copy(known.attachment) : undefined
    },
    storedBytes: async user => storedBytes(state, user),
    filesToErase: (now, limit) => writes.run(() => filesToErase(state, now, limit)),
    forgetErased: ids => writes.run(() => {
      for (const id of ids) state.erasable.delete(id)
    }),
  }
}
