import type { Attachment, Content } from '#parley/shared/model.ts'

/** The types of content that carry a file (PROTOCOL 5). */
export type AttachmentKind = Extract<Content, { attachment: Attachment }>['type']

/** Pictures that a browser draws without running anything in them (X29). SVG is not among them: it is a document with scripts. */
const pictures: ReadonlySet<string> = new Set(['image/png', 'image/apng', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])
const sounds: ReadonlySet<string> = new Set([
  'audio/mpeg', 'audio/mp4', 'audio/x-m4a', 'audio/aac', 'audio/ogg', 'audio/opus', 'audio/wav', 'audio/flac', 'audio/webm', 'audio/x-flac',
])
const films: ReadonlySet<string> = new Set(['video/mp4', 'video/webm', 'video/ogg'])

/** Previews of pictures: made of those larger than `from` bytes, of `bytes` at most, with sides of up to `side` pixels. */
export const previewLimits = { from: 96 * 1024, bytes: 160 * 1024, side: 1_024 } as const

/** Whether the timeline shows a picture by its preview: the same rule for who makes it and for who asks for it. */
export const hasPreview = ({ mime, size }: Pick<Attachment, 'mime' | 'size'>): boolean => size > previewLimits.from && mime !== 'image/gif'

/** Photos of phones that few browsers show: they go as files, and it is said why. */
export const isHeic = (mime: string): boolean => /^image\/hei[cf]/i.test(mime)

/** As what a file of this MIME type is shown; what no browser can show safely is a `file`. */
export function kindOf(mime: string): AttachmentKind {
  const bare = mime.split(';')[0]!.trim().toLowerCase()
  if (pictures.has(bare)) return 'image'
  if (sounds.has(bare)) return 'audio'
  return films.has(bare) ? 'video' : 'file'
}

/** Whether a message of this type may carry a file of this MIME type. The containers of a film may hold sound alone: a voice message. */
export function mayCarry(kind: AttachmentKind, mime: string): boolean {
  const actual = kindOf(mime)
  return kind === 'file' || kind === actual || (kind === 'audio' && actual === 'video')
}

/** Whether two say the same of a file. `duration` is the sender's own word, since the server opens no sound and no film. */
export function sameAttachment(left: Attachment, right: Attachment): boolean {
  return left.id === right.id && left.name === right.name && left.mime === right.mime && left.size === right.size
    && left.width === right.width && left.height === right.height
}
