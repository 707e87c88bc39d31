import type { Attachment } from '#parley/shared/model.ts'

/** A file whose bytes lie in the file store already. */
export interface NewAttachment {
  attachment: Attachment
  /** User id. */
  uploader: string
  /** Chosen by the uploader; a second upload under the same key is the first one again. */
  key?: string
  /** Ms since 1970. */
  at: number
  /** When it is collected if no message holds it by then, ms since 1970. */
  expiresAt: number
  /** Bytes that all files of the uploader may take together; absent = no limit. */
  quota?: number
}

export type AddedAttachment
  /** `duplicate`: the key was used before, and the attachment is that of then; the bytes of `attachment.id` are not wanted. */
  = | { ok: true, attachment: Attachment, duplicate: boolean }
    | { ok: false, code: 'quota_exceeded' }

/** What is known of files; their bytes lie elsewhere. Which messages hold a file is written by `append` (O5). */
export interface AttachmentStore {
  addAttachment(request: NewAttachment): Promise<AddedAttachment>
  attachmentOfKey(uploader: string, key: string): Promise<Attachment | undefined>
  /** The attachment, for members of a conversation that holds it, and for its uploader as long as none does. */
  attachmentFor(user: string, id: string): Promise<Attachment | undefined>
  /** Bytes that the files of a user take. */
  storedBytes(user: string): Promise<number>
  /**
   * Forgets what no message held in time, and names it together with what deleted messages held: files whose bytes are to be erased.
   * They are named again until {@link forgetErased}, so that a crash in between leaves no bytes behind.
   */
  filesToErase(now: number, limit: number): Promise<string[]>
  forgetErased(ids: readonly string[]): Promise<void>
}
