import type { ByteRange } from '#parley/server/attachments/ports.ts'

/**
 * One range of `Range: bytes=…`, as players ask for it. Several ranges, or what is no range, are answered with the whole file, which the
 * standard allows.
 *
 * @returns undefined: the whole file; 'none': no byte of it is in the file (416)
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'none' | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') return Number(last) === 0 || size === 0 ? 'none' : { from: Math.max(0, size - Number(last)), to: size - 1 }
  const from = Number(first)
  if (last !== '' && Number(last) < from) return undefined
  return from >= size ? 'none' : { from, to: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}
