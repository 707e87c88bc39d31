import { createHash } from 'node:crypto'

/** Cookies whose content is remembered; a seat of memory for each is about 200 bytes. */
const most = 10_000

/**
 * Remembers what sealed cookies hold. To open one takes two key derivations and half a millisecond of processor time, at each request of
 * the same browser. What a seal holds never changes and it has no time of its own, so remembering it decides nothing: whether that login
 * still stands is asked of the store each time (A5). Cookies are kept by their hash, as tickets are (A1).
 */
export class OpenedSeals {
  readonly #logins = new Map<string, string>()

  /** @param open finds the login in a seal; undefined when the seal is not ours, which is not remembered */
  async login(sealed: string, open: () => Promise<string | undefined>): Promise<string | undefined> {
    const key = createHash('sha256').update(sealed).digest('base64url')
    const known = this.#logins.get(key)
    if (known !== undefined) {
      // Moved to the end: the map is in the order of use, and the first one is the longest unused.
      this.#logins.delete(key)
      this.#logins.set(key, known)
      return known
    }
    const login = await open()
    if (login === undefined) return undefined
    this.#logins.set(key, login)
    if (this.#logins.size > most) this.#logins.delete(this.#logins.keys().next().value ?? '')
    return login
  }
}
