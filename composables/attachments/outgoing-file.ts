import type { OutgoingFile } from '#parley/client/types.ts'
import { previewOf } from '#parley/composables/attachments/preview.ts'
import { kindOf } from '#parley/shared/attachments.ts'

/** Ms in which a film must tell how long and how large it is; without, it goes as it is. */
const patience = 3_000

const prepared = new WeakMap<Blob, Promise<OutgoingFile>>()

async function ofPicture(file: Blob): Promise<Partial<OutgoingFile>> {
  const bitmap = await createImageBitmap(file)
  const { width, height } = bitmap
  try {
    const preview = await previewOf(file, bitmap).catch(() => undefined) // the picture itself does, where none can be made
    return { width, height, ...(preview === undefined ? {} : { preview }) }
  }
  finally {
    bitmap.close()
  }
}

async function ofRecording(file: Blob, kind: 'audio' | 'video'): Promise<Partial<OutgoingFile>> {
  const player = document.createElement(kind)
  const url = URL.createObjectURL(file)
  try {
    await new Promise<void>((resolve, reject) => {
      player.onloadedmetadata = () => resolve()
      player.onerror = () => reject(new Error('not playable'))
      setTimeout(() => reject(new Error('too slow')), patience)
      player.preload = 'metadata'
      player.src = url
    })
    return {
      ...(Number.isFinite(player.duration) ? { duration: Math.round(player.duration * 10) / 10 } : {}),
      ...(player instanceof HTMLVideoElement && player.videoWidth > 0 ? { width: player.videoWidth, height: player.videoHeight } : {}),
    }
  }
  finally {
    player.removeAttribute('src')
    URL.revokeObjectURL(url)
  }
}

async function prepare(file: Blob, name: string): Promise<OutgoingFile> {
  const kind = kindOf(file.type)
  const plain = { file, name }
  if (kind === 'file') return { ...plain, kind }
  try {
    return { ...plain, kind, ...await (kind === 'image' ? ofPicture(file) : ofRecording(file, kind)) }
  }
  catch {
    return { ...plain, kind: kind === 'image' ? 'file' : kind } // a picture that this browser cannot draw is a file to it
  }
}

/** What is known of a chosen file here, so that its row has its box at once (U-T6). The same file is looked at once. */
export function outgoingFile(file: Blob, name: string): Promise<OutgoingFile> {
  const known = prepared.get(file)
  if (known !== undefined) return known
  const made = prepare(file, name)
  prepared.set(file, made)
  return made
}
