import type { OutgoingFile, UploadFailure, UploadOptions } from '#parley/client/types.ts'
import { mayCarry } from '#parley/shared/attachments.ts'
import type { AttachmentKind } from '#parley/shared/attachments.ts'
import type { Attachment, Content } from '#parley/shared/model.ts'
import { isCid } from '#parley/shared/cid.ts'

/** A file that the user picked, as it lies on the device. */
interface FileRecord {
  /** Of the message; also the key that makes a repeated upload the same one. */
  cid: string
  conversation: string
  madeAt: number
  /** Order within this device; `madeAt` alone is the same for files that were chosen together. */
  order: number
  file: Blob
  name: string
  kind: AttachmentKind
  width?: number
  height?: number
  duration?: number
  preview?: Blob
  /** What it shows, in words. */
  alt?: string
}

/** A file that goes with the next message of its conversation (U-P6). */
export interface DraftFileRecord extends FileRecord { phase: 'draft' }

/** A file and the message that will carry it, as they lie on the device until the log holds that message. */
export interface UploadRecord extends FileRecord {
  text?: string
  replyTo?: number
  /** `sent`: its message is in the outbox; the file is kept until that is settled, since the server keeps what no message holds for a day only. */
  phase: 'waiting' | 'sent'
  failure?: UploadFailure
}

/** A file that was sent without having been a draft. */
export function newUpload(where: Pick<UploadRecord, 'cid' | 'conversation' | 'madeAt' | 'order'>, outgoing: OutgoingFile, { replyTo, text }: UploadOptions): UploadRecord {
  const { file, name, kind, width, height, duration, preview } = outgoing
  return {
    ...where, file, name, kind, phase: 'waiting',
    ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }), ...(duration === undefined ? {} : { duration }),
    ...(preview === undefined ? {} : { preview }), ...(text === undefined ? {} : { text }), ...(replyTo === undefined ? {} : { replyTo }),
  }
}

export const uploadPrefix = 'upload:'
export const uploadKey = (cid: string): string => `${uploadPrefix}${cid}`

/** Whether a stored value is a record: a device's disk is not to be trusted blindly. */
function isRecord(value: unknown, phases: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  return isCid(fields.get('cid')) && typeof fields.get('conversation') === 'string' && fields.get('file') instanceof Blob && typeof fields.get('name') === 'string'
    && typeof fields.get('madeAt') === 'number' && typeof fields.get('order') === 'number' && phases.includes(String(fields.get('phase')))
}

export const isUploadRecord = (value: unknown): value is UploadRecord => isRecord(value, ['waiting', 'sent'])
export const isDraftFileRecord = (value: unknown): value is DraftFileRecord => isRecord(value, ['draft'])

/** What the row shows until the server has told what the file is. */
export function contentBefore({ cid, file, name, kind, width, height, duration, text, alt }: UploadRecord): Content {
  const attachment: Attachment = {
    id: cid, name, mime: file.type, size: file.size, ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }), ...(duration === undefined ? {} : { duration }),
  }
  return { type: kind, attachment, ...(text === undefined ? {} : { text }), ...(alt === undefined ? {} : { alt }) }
}

/** The message: what the upload was answered, unchanged (S9). A picture that turned out to be none is a file. */
export function contentAfter({ kind, duration, text, alt }: UploadRecord, attachment: Attachment): Content {
  const type = mayCarry(kind, attachment.mime) ? kind : 'file'
  return { type, attachment: { ...attachment, ...(duration === undefined || type === 'file' ? {} : { duration }) }, ...(text === undefined ? {} : { text }), ...(alt === undefined ? {} : { alt }) }
}

export const byAge = (left: FileRecord, right: FileRecord): number => left.madeAt - right.madeAt || left.order - right.order
