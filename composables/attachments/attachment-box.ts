import type { Content } from '#parley/shared/model.ts'

export type MediaContent = Extract<Content, { type: 'image' | 'file' | 'audio' | 'video' }>

/** Px that a picture takes at most, and that it is given when nobody could measure it. */
const most = { width: 360, height: 320 }
const unknown = { width: 260, height: 180 }
/** A row gives its box 5 px more on both sides than its text. */
const widest = 'calc(100% + 10px)'
/** A thumb must be able to hit it. */
const least = 56
const heights = { audio: 62, file: 60 } as const

/** The box of a picture before its first byte is there, px: as large as it is, or as fits (U-T6). */
function pictureBox(width: number | undefined, height: number | undefined): { width: number, height: number } {
  if (!width || !height) return unknown
  const scale = Math.min(1, most.width / width, most.height / height)
  return { width: Math.max(least, Math.round(width * scale)), height: Math.max(least, Math.round(height * scale)) }
}

/** Style that reserves the box of an attachment; it gets no larger and no smaller whatever becomes of its loading (U-T6). */
export function boxStyle({ type, attachment }: MediaContent): Record<string, string> {
  if (type === 'file' || type === 'audio') return { inlineSize: '300px', maxInlineSize: widest, blockSize: `${heights[type]}px` }
  const { width, height } = pictureBox(attachment.width, attachment.height)
  return { inlineSize: `${width}px`, maxInlineSize: widest, aspectRatio: `${width} / ${height}` }
}

/** Px, for a row that was never in the DOM. */
export function boxHeight({ type, attachment }: MediaContent): number {
  return 8 + (type === 'file' || type === 'audio' ? heights[type] : pictureBox(attachment.width, attachment.height).height)
}
