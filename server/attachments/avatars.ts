import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { factsOf } from '#parley/server/attachments/file-facts.ts'
import type { FileStore } from '#parley/server/attachments/ports.ts'
import type { PeopleStore, StoredAvatar } from '#parley/server/chat/people-port.ts'
import type { Clock, Random } from '#parley/server/chat/ports.ts'
import { limits } from '#parley/shared/protocol/index.ts'

/** An avatar that nobody has put on by then (ms) is forgotten. */
const unusedAge = 3_600_000
/** Kinds that every browser draws and none runs anything in. */
const kinds = new Set(['image/png', 'image/jpeg', 'image/webp'])

export interface AvatarsOptions {
  store: Pick<PeopleStore, 'addAvatar' | 'avatar'>
  files: Pick<FileStore, 'write' | 'read' | 'remove'>
  clock: Pick<Clock, 'now'>
  random: Pick<Random, 'id'>
}

export type AvatarOutcome = { ok: true, id: string } | { ok: false, code: 'file_too_large' | 'bad_picture' }

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Square pictures of people and conversations, small enough to be taken whole; told by their content, so that one never changes. */
export class Avatars {
  readonly #options: AvatarsOptions

  constructor(options: AvatarsOptions) {
    this.#options = options
  }

  /**
   * Takes a picture in. What a page says of it is not believed: kind and size are those of the bytes (X29).
   *
   * @throws FileStoreFull, FileStoreUnavailable, StoreUnavailable; whatever `source` throws
   */
  async receive(source: AsyncIterable<Uint8Array>): Promise<AvatarOutcome> {
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of source) {
      size += piece.length
      if (size > limits.avatarBytes) return { ok: false, code: 'file_too_large' }
      pieces.push(piece)
    }
    const bytes = Buffer.concat(pieces)
    const { mime, width, height } = await factsOf(bytes)
    const fits = kinds.has(mime) && width !== undefined && width === height && width >= limits.avatarPixelsMin && width <= limits.avatarPixelsMax
    return fits ? { ok: true, id: await this.#keep(bytes, mime) } : { ok: false, code: 'bad_picture' }
  }

  find(id: string): Promise<StoredAvatar | undefined> {
    return this.#options.store.avatar(id)
  }

  read({ file }: StoredAvatar): Promise<Readable | undefined> {
    return this.#options.files.read(file)
  }

  async #keep(bytes: Buffer, mime: string): Promise<string> {
    const { store, files, clock, random } = this.#options
    const id = createHash('sha256').update(bytes).digest('base64url')
    const file = random.id()
    const now = clock.now()
    await files.write(file, whole(bytes))
    // Known already: the new file is one too many, also when the store took nothing.
    const kept = await store.addAvatar({ id, file, mime, size: bytes.length }, now, now - unusedAge).catch(async (error: unknown) => {
      await files.remove(file)
      throw error
    })
    if (kept !== file) await files.remove(file)
    return id
  }
}
