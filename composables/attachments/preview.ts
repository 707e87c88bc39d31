import { hasPreview, previewLimits } from '#parley/shared/attachments.ts'

/** Two pixels of it for each of the box that a picture has in the timeline, for screens that show so many. */
const most = { width: 720, height: 640 }
const quality = 0.8

/** GIFs, APNGs and animated WebPs move in the timeline too: one frame of them would not be what was sent. */
function moves(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head.subarray(0, 4_096))
  return text.startsWith('GIF8') || (text.startsWith('RIFF') && text.includes('ANIM')) || text.includes('acTL')
}

/** A smaller copy of a large picture for the timeline; undefined where the picture itself does. Without the camera's notes, as canvases are. */
export async function previewOf(file: Blob, bitmap: ImageBitmap): Promise<Blob | undefined> {
  if (!hasPreview({ mime: file.type, size: file.size }) || moves(new Uint8Array(await file.slice(0, 4_096).arrayBuffer()))) return undefined
  const scale = Math.min(1, most.width / bitmap.width, most.height / bitmap.height)
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)))
  const context = canvas.getContext('2d')
  if (context === null) return undefined
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  // A browser that writes no WebP answers with PNG, which is too large for a photo: JPEG then, which has no transparency to lose in one.
  const webp = await canvas.convertToBlob({ type: 'image/webp', quality })
  const small = webp.size <= previewLimits.bytes || file.type !== 'image/jpeg' ? webp : await canvas.convertToBlob({ type: 'image/jpeg', quality })
  return small.size <= previewLimits.bytes && small.size < file.size ? small : undefined
}
