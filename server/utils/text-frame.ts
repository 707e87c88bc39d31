/** Bytes before the payload of an unmasked frame (RFC 6455, 5.2). */
function headBytes(payload: number): number {
  if (payload < 126) return 2
  return payload < 0x1_0000 ? 4 : 10
}

/** First byte: FIN and opcode 1, a whole message of text. */
const wholeText = 0x81

/**
 * A whole server message as it goes over the wire: one buffer for one write, and the same one for all who get the message.
 *
 * @param bytes UTF-8 bytes of `text`
 */
export function textFrame(text: string, bytes: number): Buffer {
  const head = headBytes(bytes)
  const frame = Buffer.allocUnsafe(head + bytes)
  frame[0] = wholeText
  if (head === 2) {
    frame[1] = bytes
  }
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(bytes, 2)
  }
  else {
    frame[1] = 127
    frame.writeUInt32BE(0, 2)
    frame.writeUInt32BE(bytes, 6)
  }
  // Where bytes and characters are as many all are ASCII, and a copy does.
  const written = frame.write(text, head, text.length === bytes ? 'latin1' : 'utf8')
  if (written !== bytes) throw new RangeError('the length of a frame is not that of its text')
  return frame
}
