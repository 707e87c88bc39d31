/** Which part of a picture becomes an avatar: the middle of a square, in pixels of the picture, and how far it is zoomed in. */
export interface Crop { x: number, y: number, zoom: number }
export interface Size { width: number, height: number }

/** Edge of the avatar that is made. */
const avatarEdge = 256
export const mostZoom = 4

/** Edge of the square in pixels of the picture. */
export const cropEdge = ({ width, height }: Size, { zoom }: Crop): number => Math.min(width, height) / zoom

const within = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)

/** The nearest crop that lies within the picture. */
export function fitted(size: Size, crop: Crop): Crop {
  const zoom = within(crop.zoom, 1, mostZoom)
  const half = cropEdge(size, { ...crop, zoom }) / 2
  return { x: within(crop.x, half, size.width - half), y: within(crop.y, half, size.height - half), zoom }
}

/** The largest square in the middle. */
export const centred = ({ width, height }: Size): Crop => ({ x: width / 2, y: height / 2, zoom: 1 })

/**
 * After a drag.
 *
 * @param edge edge of the square on screen, in the same pixels as `dx` and `dy`
 */
export function dragged(size: Size, crop: Crop, dx: number, dy: number, edge: number): Crop {
  const scale = cropEdge(size, crop) / edge
  return fitted(size, { ...crop, x: crop.x - dx * scale, y: crop.y - dy * scale })
}

/** The avatar as a file; browsers that cannot write WebP write PNG instead. Undefined: the browser cannot draw it. */
export async function drawAvatar(picture: ImageBitmap, crop: Crop): Promise<Blob | undefined> {
  const edge = cropEdge(picture, crop)
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = avatarEdge
  const context = canvas.getContext('2d')
  if (context === null) return undefined
  context.imageSmoothingQuality = 'high'
  context.drawImage(picture, crop.x - edge / 2, crop.y - edge / 2, edge, edge, 0, 0, avatarEdge, avatarEdge)
  return await new Promise(resolve => canvas.toBlob(blob => resolve(blob ?? undefined), 'image/webp', 0.88))
}
