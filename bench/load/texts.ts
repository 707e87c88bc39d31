/** What people write, roughly: words of different lengths, so that a full-text index has the work it has in life. */
const words = 'the a on at is it we you to of and for with this that have can will just about after before tomorrow meeting release server build review please thanks sounds good great question answer maybe later today morning coffee window paper table green river mountain quick signal letter'.split(' ')

/** Bytes of every text (ASCII). */
export const textBytes = 120

function makeText(seed: number): string {
  let text = ''
  let state = seed * 2654435761 + 1
  while (text.length < textBytes) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    text += `${words[(state >>> 8) % words.length]} `
  }
  return text.slice(0, textBytes - 1) + 'x'
}

const texts = Array.from({ length: 256 }, (_, seed) => makeText(seed))

/** A text of 120 bytes for the op of this number. */
export const textAt = (index: number): string => texts[index & 255]!
