import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import tar from 'tar-stream'
import { CommandError } from '#parley/cli/command-error.ts'

/**
 * A backup is a tar archive: any system can look into it, and `sha256sum -c SHA256SUMS` checks it without this program. SHA256SUMS comes
 * last and names every other part, so an archive that was cut off, wherever, is seen to be.
 */

const sumsName = 'SHA256SUMS'
/** Nothing of an archive may be written to any other place than these. */
const knownParts = /^(?:parley\.db|manifest\.json|SHA256SUMS|secrets\/[\w-][\w.-]*|files\/[\w-]{1,2}\/[\w-][\w.-]*)$/

export class ArchiveWriter {
  readonly #pack = tar.pack()
  readonly #sums: string[] = []
  readonly #written: Promise<void>

  /** @param path must not exist */
  constructor(path: string) {
    this.#written = pipeline(this.#pack, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }))
    // Told by whatever waits for it next.
    this.#written.catch(() => undefined)
  }

  /** @returns false: there is no such file */
  async addFile(name: string, path: string): Promise<boolean> {
    const file = await open(path, 'r').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    })
    if (file === undefined) return false
    const { size, mtime } = await file.stat()
    await this.#add(name, size, mtime, file.createReadStream())
    return true
  }

  async addText(name: string, text: string): Promise<void> {
    const bytes = Buffer.from(text)
    await this.#add(name, bytes.length, new Date(), Readable.from([bytes]))
  }

  /** The archive is whole and on disk when this resolves. */
  async finish(): Promise<void> {
    await this.addText(sumsName, this.#sums.join(''))
    this.#pack.finalize()
    await this.#written
  }

  /** Gives up; the file is the caller's to remove. */
  async abandon(): Promise<void> {
    this.#pack.destroy()
    await this.#written.catch(() => undefined)
  }

  async #add(name: string, size: number, mtime: Date, bytes: Readable): Promise<void> {
    const hash = createHash('sha256')
    const entry = this.#pack.entry({ name, size, mtime, mode: 0o600 })
    const watched = async function* () {
      for await (const chunk of bytes as AsyncIterable<Buffer>) {
        hash.update(chunk)
        yield chunk
      }
    }
    // A disk that is full ends the archive, and with it nobody takes what is written to the entry any more.
    await Promise.race([pipeline(watched, entry), this.#written.then(() => Promise.reject(new Error('the archive ended early')))])
    if (name !== sumsName) this.#sums.push(`${hash.digest('hex')}  ${name}\n`)
  }
}

async function save(bytes: AsyncIterable<Buffer>, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await pipeline(bytes, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }))
}

/** Reads one part to its end. @returns its text, where it is one to be kept, and its hash */
async function readPart(name: string, entry: AsyncIterable<Buffer>, place: string | undefined): Promise<{ text: string, hash: string }> {
  const hash = createHash('sha256')
  const hashed = async function* () {
    for await (const chunk of entry) {
      hash.update(chunk)
      yield chunk
    }
  }
  if (name === sumsName || name === 'manifest.json') {
    const text = (await buffer(hashed())).toString()
    return { text, hash: hash.digest('hex') }
  }
  if (place !== undefined) await save(hashed(), place)
  else for await (const _ of hashed());
  return { text: '', hash: hash.digest('hex') }
}

const damaged = (path: string, fault: string): CommandError => new CommandError(`the backup ${path} is damaged or not whole: ${fault}`)

/**
 * Reads a whole archive and checks every byte of it.
 *
 * @param place where a part goes; undefined = it is only checked
 * @returns the text of its manifest
 * @throws CommandError
 */
export async function readArchive(path: string, place: (name: string) => string | undefined = () => undefined): Promise<string> {
  const found = new Map<string, string>()
  let [sums, manifest]: [string | undefined, string | undefined] = [undefined, undefined]
  const extract = tar.extract()
  const read = pipeline(createReadStream(path), extract)
  read.catch(() => undefined)
  try {
    for await (const entry of extract) {
      const { name } = entry.header
      if (!knownParts.test(name) || found.has(name)) throw damaged(path, `it holds "${name.slice(0, 80)}"`)
      const { text, hash } = await readPart(name, entry as AsyncIterable<Buffer>, place(name))
      if (name === sumsName) sums = text
      else found.set(name, hash)
      if (name === 'manifest.json') manifest = text
    }
    await read
  }
  catch (error) {
    // What the system says, of a full disk for one, stands; all else comes from the reading of the archive.
    if (error instanceof CommandError || (error instanceof Error && 'syscall' in error)) throw error
    throw damaged(path, 'it is no archive, or ends early')
  }
  if (sums === undefined || manifest === undefined) throw damaged(path, 'its end is missing')
  const named = new Map(sums.split('\n').filter(line => line !== '').map(line => [line.slice(66), line.slice(0, 64)]))
  for (const [name, hash] of found) if (named.get(name) !== hash) throw damaged(path, `${name} is not what was written`)
  for (const name of named.keys()) if (!found.has(name)) throw damaged(path, `${name} is missing`)
  return manifest
}
