import { fileTypeFromBuffer } from 'file-type'
import { imageMeta } from 'image-meta'
import { kindOf } from '#parley/shared/attachments.ts'

/** Bytes from the start of a file that tell what it is. A photo's size stands behind its preview and colour profile, in the first half megabyte. */
export const headBytes = 512 * 1024

/** What the bytes themselves say: nothing that an uploader claims is believed (X29). */
export interface FileFacts {
  mime: string
  /** Pixels as shown, so with the camera's rotation applied. */
  width?: number
  height?: number
}

/** Whether bytes are UTF-8 text; the last character of a cut-off head may be torn. */
function isText(head: Uint8Array): boolean {
  if (head.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  }
  catch {
    return false
  }
}

/** EXIF orientations from 5 on lie on their side. */
const lies = (orientation: number | undefined): boolean => orientation !== undefined && orientation >= 5 && orientation <= 8

const isPixels = (value: number | undefined): value is number => value !== undefined && Number.isSafeInteger(value) && value > 0 && value <= 1_000_000

function sizeOf(head: Uint8Array): { width: number, height: number } | undefined {
  try {
    const { width, height, orientation } = imageMeta(head)
    if (!isPixels(width) || !isPixels(height)) return undefined
    return lies(orientation) ? { width: height, height: width } : { width, height }
  }
  catch {
    return undefined // a picture without a readable size is still a picture; its box is then made when it loads
  }
}

/**
 * Tells a file by its first {@link headBytes}. Text of any kind, pages and SVG with it, is plain text: there is nothing in it to be
 * run.
 */
export async function factsOf(head: Uint8Array): Promise<FileFacts> {
  const found = await fileTypeFromBuffer(head).catch(() => undefined)
  if (found !== undefined && !/(?:xml|html|javascript)/.test(found.mime)) {
    return { mime: found.mime, ...(kindOf(found.mime) === 'image' ? sizeOf(head) : {}) }
  }
  return { mime: head.length > 0 && isText(head) ? 'text/plain' : 'application/octet-stream' }
}
