import { deflateSync } from 'node:zlib'

/** Small files of known kinds, made here: nothing binary lies in the repository. */

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320 ^ (c >>> 1) : c >>> 1
  return c >>> 0
})
const crc = (data: Uint8Array): number => (data.reduce((c, byte) => crcTable[(c ^ byte) & 0xFF]! ^ (c >>> 8), 0xFFFFFFFF) ^ 0xFFFFFFFF) >>> 0

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8 + body.length)
  frame.writeUInt32BE(data.length)
  body.copy(frame, 4)
  frame.writeUInt32BE(crc(body), 4 + body.length)
  return frame
}

/** A picture whose pixels are told by their place. */
export function painted(width: number, height: number, pixel: (x: number, y: number) => readonly [number, number, number]): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0, at = 0; y < height; y++) {
    rows[at++] = 0
    for (let x = 0; x < width; x++) for (const part of pixel(x, y)) rows[at++] = part
  }
  const signature = Buffer.from([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

/** A picture of one colour. @param noise makes each pixel its own, so that the file is about as large as its pixels */
export function png(width: number, height: number, colour: [number, number, number] = [200, 80, 40], noise = false): Buffer {
  let seed = 1
  // The upper bits: the lowest of such a generator repeat after 256.
  const random = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7FFFFFFF) >>> 16 & 0xFF
  return painted(width, height, () => noise ? [random(), random(), random()] : colour)
}

/** The headers of a JPEG, as a camera writes them; it holds no picture. */
export function jpegHead(width: number, height: number, orientation: number): Buffer {
  const exif = Buffer.from('ffe10022457869660000' + '4d4d002a00000008' + '0001' + '0112000300000001' + orientation.toString(16).padStart(4, '0') + '0000' + '00000000', 'hex')
  const frame = Buffer.alloc(19)
  frame.set([0xFF, 0xC0, 0, 17, 8])
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  return Buffer.concat([Buffer.from([0xFF, 0xD8]), exif, frame, Buffer.from([0xFF, 0xDA, 0xFF, 0xD9])])
}

/** Half a second of silence. */
export function wav(samples = 4_000): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF')
  header.writeUInt32LE(36 + samples, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(8_000, 24)
  header.writeUInt32LE(8_000, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples, 40)
  return Buffer.concat([header, Buffer.alloc(samples, 128)])
}

export const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="window.ran=true"><script>window.ran=true</script></svg>'
export const page = '<!doctype html><title>x</title><script>document.title="ran"</script>'
