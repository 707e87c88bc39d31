import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import * as v from 'valibot'
import { CommandError } from '#parley/cli/command-error.ts'
import { ImportedLog } from '#parley/cli/exchange/import-log.ts'
import { ImportedPeople, type PeopleOptions } from '#parley/cli/exchange/import-people.ts'
import { formatVersion, lineSchema, type ExportLine } from '#parley/cli/exchange/lines.ts'
import type { FileStore } from '#parley/server/attachments/ports.ts'

/** Ms for which a file may wait for the message that holds it. */
const fileAge = 24 * 3_600_000

export interface ImportOptions extends PeopleOptions {
  files: FileStore
  now: number
}

export interface Imported { conversations: number, added: number, known: number, accounts: number, files: number }

type FileLine = Extract<ExportLine, { type: 'file' }>

/** A file whose bytes are coming. */
interface Incoming { line: FileLine, bytes: PassThrough, came: number, written: Promise<void>, wanted: boolean }

function parse(text: string): ExportLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  }
  catch {
    throw new CommandError('it is no JSON')
  }
  const parsed = v.safeParse(lineSchema, value)
  if (!parsed.success) throw new CommandError(`it is no line of an export (${parsed.issues[0].message})`)
  return parsed.output
}

/** Takes an export in, line by line. What was taken in before is known again and left as it is, so a broken import is simply run again. */
export class Importer {
  readonly #options: ImportOptions
  readonly #people: ImportedPeople
  #begun = false
  #log: ImportedLog | undefined
  #logId = ''
  #incoming: Incoming | undefined
  readonly #done: Imported = { conversations: 0, added: 0, known: 0, accounts: 0, files: 0 }

  constructor(options: ImportOptions) {
    this.#options = options
    this.#people = new ImportedPeople(options)
  }

  /** @throws CommandError what is wrong with the line */
  async take(text: string): Promise<void> {
    const line = parse(text)
    if (!this.#begun && line.type !== 'parley-export') throw new CommandError('it does not begin as an export of Parley')
    if (this.#incoming !== undefined && line.type !== 'bytes') throw new CommandError(`file ${this.#incoming.line.id} is not whole`)
    switch (line.type) {
      case 'parley-export':
        if (line.version > formatVersion) throw new CommandError(`the export was made by a newer version of Parley (${line.parley})`)
        this.#begun = true
        return
      case 'user': return this.#people.add(line)
      case 'conversation':
        await this.#endLog()
        this.#log = await ImportedLog.open(this.#options.store, this.#people, line)
        this.#logId = line.id
        return
      case 'file': return this.#beginFile(line)
      case 'bytes': return this.#takeBytes(Buffer.from(line.base64, 'base64'))
      case 'event':
        if (this.#log === undefined || line.conversation !== this.#logId) throw new CommandError(`conversation ${line.conversation} was not described before`)
        return this.#log.add(line.event)
    }
  }

  async finish(): Promise<Imported> {
    if (this.#incoming !== undefined) throw new CommandError(`the export ends in the middle of file ${this.#incoming.line.id}`)
    await this.#endLog()
    await this.#people.finish(this.#options.now)
    return { ...this.#done, accounts: this.#people.made }
  }

  /** Gives up: bytes under way are not kept. */
  abandon(): void {
    this.#incoming?.bytes.destroy()
  }

  async #endLog(): Promise<void> {
    if (this.#log === undefined) return
    await this.#log.finish()
    this.#done.conversations++
    this.#done.added += this.#log.added
    this.#done.known += this.#log.known
    this.#log = undefined
  }

  async #beginFile(line: FileLine): Promise<void> {
    const wanted = (await this.#options.store.unknownFiles([line.id])).length > 0
    const bytes = new PassThrough()
    const written = wanted ? this.#options.files.write(line.id, bytes) : Promise.resolve(void bytes.resume())
    written.catch(() => undefined)
    this.#incoming = { line, bytes, came: 0, written, wanted }
    if (line.size === 0) await this.#takeBytes(Buffer.alloc(0))
  }

  async #takeBytes(chunk: Buffer): Promise<void> {
    const incoming = this.#incoming
    if (incoming === undefined) throw new CommandError('these bytes belong to no file')
    const { line, bytes, written } = incoming
    incoming.came += chunk.length
    if (incoming.came > line.size) throw new CommandError(`file ${line.id} is longer than it says`)
    // A disk that is full ends the writing, and with it nobody waits for more room in the stream.
    if (!bytes.write(chunk)) await Promise.race([once(bytes, 'drain'), written])
    if (incoming.came < line.size) return
    bytes.end()
    await written
    this.#incoming = undefined
    if (incoming.wanted) await this.#record(line)
  }

  async #record({ id, uploader, name, mime, size, width, height, at }: FileLine): Promise<void> {
    const attachment = { id, name, mime, size, ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) }
    await this.#options.store.addAttachment({ attachment, uploader: this.#people.idOf(uploader), at, expiresAt: this.#options.now + fileAge })
    this.#done.files++
  }
}
