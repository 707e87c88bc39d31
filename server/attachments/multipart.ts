/** A part of a form that is a file. Its bytes must be read, or left, before the next part is asked for. */
export interface FilePart {
  /** Name of the field. */
  field: string
  /** As the sender wrote it. */
  fileName: string
  bytes: AsyncIterable<Uint8Array>
}

/** The body is not the form that it says it is. */
export class MalformedForm extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MalformedForm'
  }
}

/** The boundary in a `multipart/form-data` content type; undefined: another type, or none. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (!/^multipart\/form-data\s*;/i.test(contentType ?? '')) return undefined
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? '') ?? []
  const boundary = quoted ?? bare
  return boundary !== undefined && boundary.length <= 70 ? boundary : undefined
}

/** Bytes of the headers of one part. */
const mostHeaderBytes = 8 * 1024

/** Reads ahead just so far that a mark can be told from data, wherever the chunks are cut. */
class MarkedReader {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)
  #ended = false

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Data up to a mark, in pieces; the mark itself is taken and not given. */
  async* until(mark: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark)
      if (at !== -1) {
        const data = this.#held.subarray(0, at)
        this.#held = this.#held.subarray(at + mark.length)
        if (data.length > 0) yield data
        return
      }
      // The end of what is held may be the beginning of the mark.
      const safe = this.#held.length - mark.length + 1
      if (safe > 0) {
        const data = this.#held.subarray(0, safe)
        this.#held = this.#held.subarray(safe)
        yield data
      }
      await this.#more()
    }
  }

  async take(length: number): Promise<Buffer> {
    while (this.#held.length < length) await this.#more()
    const taken = this.#held.subarray(0, length)
    this.#held = this.#held.subarray(length)
    return taken
  }

  async #more(): Promise<void> {
    const next = this.#ended ? { done: true as const } : await this.#source.next()
    if (next.done === true) {
      this.#ended = true
      throw new MalformedForm('the form ends too early')
    }
    this.#held = this.#held.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#held, next.value])
  }
}

async function headerText(reader: MarkedReader): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of reader.until(Buffer.from('\r\n\r\n'))) {
    length += piece.length
    if (length > mostHeaderBytes) throw new MalformedForm('the header of a part is too long')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** Browsers write quotes and line breaks in names as %22, %0D and %0A, and nothing else so. */
const unescapeName = (name: string): string => name.replace(/%22/g, '"').replace(/%0D/gi, '\r').replace(/%0A/gi, '\n')

function parameter(disposition: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, 'i').exec(disposition) ?? []
  return quoted === undefined ? bare : unescapeName(quoted.replace(/\\(["\\])/g, '$1'))
}

/**
 * The file parts of a `multipart/form-data` body (RFC 7578), while it arrives: h3's own reader holds the whole body in memory. Fields
 * that are no files are passed over.
 *
 * @throws MalformedForm
 */
export async function* fileParts(body: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<FilePart> {
  const reader = new MarkedReader((async function* () {
    yield Buffer.from('\r\n') // so that the first boundary looks like all others
    yield* body
  })())
  const mark = Buffer.from(`\r\n--${boundary}`)
  const skip = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const _piece of bytes);
  }
  await skip(reader.until(mark))
  for (;;) {
    const after = (await reader.take(2)).toString('latin1')
    if (after === '--') return
    if (after !== '\r\n') throw new MalformedForm('a boundary does not end its line')
    const disposition = /^content-disposition:\s*form-data(;.*)$/im.exec(await headerText(reader))?.[1]
    if (disposition === undefined) throw new MalformedForm('a part does not say what it is')
    const bytes = reader.until(mark)
    const fileName = parameter(disposition, 'filename')
    if (fileName !== undefined) yield { field: parameter(disposition, 'name') ?? '', fileName, bytes }
    await skip(bytes)
  }
}
