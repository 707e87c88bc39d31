import { createHash } from 'node:crypto'
import type { RenderPageParts } from '#parley/shared/page-parts.ts'

/** A page that was rendered whole, and what of it is its viewer's own. */
export interface WholePage {
  html: string
  /** In the order of the document. */
  own: readonly string[]
  nonce: string
  /** Cookies that went along and hold no secret. */
  cookies: readonly string[]
  /** Ids: nothing of either may stay in a frame. */
  viewer: string
  conversation: string
}

/** What lies between the parts of a page, `nonce` where it has the page's. */
type Piece = Buffer | 'part' | 'nonce'

interface Frame {
  pieces: readonly Piece[]
  cookies: readonly string[]
  digest: string
  /** Of the page from which it was taken. */
  viewer: string
  conversation: string
  /** A page of somebody else's, and of another conversation, had the same. */
  confirmed: boolean
  /** Pages made since one was last compared. */
  uses: number
}

/** Pages of one language and one choice of theme and so on. */
interface Family { render: RenderPageParts, frames: Map<string, Frame> }

const mark = '\0'

/** A page without what is its viewer's own, each cut marked; undefined unless all of that is there, in order. */
function frameText({ html, own, nonce }: WholePage): string | undefined {
  const between: string[] = []
  let from = 0
  for (const part of own) {
    const at = html.indexOf(part, from)
    if (at < 0 || part === '') return undefined
    between.push(html.slice(from, at).replaceAll(nonce, `${mark}n`))
    from = at + part.length
  }
  return [...between, html.slice(from).replaceAll(nonce, `${mark}n`)].join(`${mark}p`)
}

function piecesOf(text: string): Piece[] {
  return text.split(mark).flatMap((piece, index): Piece[] => {
    const bytes = Buffer.from(index === 0 ? piece : piece.slice(1))
    return index === 0 ? [bytes] : [piece[0] === 'p' ? 'part' : 'nonce', bytes]
  })
}

/**
 * What pages of the chat have in common, taken from pages that were rendered whole: with its own parts put in, a frame is the page, at a
 * part of the price. A frame counts only once two pages of different people and of different conversations had the same, so that nothing of either
 * is in it; and now and then one is compared anew. Bounded: who asks in ever other languages only makes others' pages be rendered whole.
 */
export class PageFrames {
  readonly #families = new Map<string, Family>()
  readonly #limits: { families: number, frames: number, uses: number }

  constructor(limits = { families: 24, frames: 32, uses: 1_000 }) {
    this.#limits = limits
  }

  renderer(family: string): RenderPageParts | undefined {
    return this.#families.get(family)?.render
  }

  /** Takes the renderer of a page for all others of its family. */
  adopt(family: string, render: RenderPageParts): void {
    if (this.#families.has(family)) return
    const [oldest] = this.#families.keys()
    if (oldest !== undefined && this.#families.size >= this.#limits.families) this.#families.delete(oldest)
    this.#families.set(family, { render, frames: new Map() })
  }

  /** A page made of its parts, and the cookies that go along; undefined: it must be rendered whole. `nonceOf` is asked only if it is made. */
  make(family: string, frame: string, parts: readonly string[], nonceOf: () => string): { html: Buffer, cookies: readonly string[] } | undefined {
    const known = this.#families.get(family)?.frames.get(frame)
    if (known === undefined || !known.confirmed || known.uses >= this.#limits.uses) return undefined
    known.uses++
    const nonce = nonceOf()
    let next = 0
    const html = Buffer.concat(known.pieces.map(piece => typeof piece !== 'string' ? piece : Buffer.from(piece === 'nonce' ? nonce : parts[next++] ?? '')))
    return { html, cookies: known.cookies }
  }

  /** @returns whether the parts were found in the page */
  learn(family: string, frame: string, page: WholePage): boolean {
    const frames = this.#families.get(family)?.frames
    const text = frameText(page)
    if (frames === undefined || text === undefined || text.includes(page.viewer) || text.includes(page.conversation)) return false
    const digest = createHash('sha256').update(text).digest('base64')
    const known = frames.get(frame)
    const { viewer, conversation, cookies } = page
    if (known?.digest === digest) {
      known.confirmed ||= known.viewer !== viewer && known.conversation !== conversation
      known.uses = 0
      known.cookies = cookies
      return true
    }
    const [oldest] = frames.keys()
    if (oldest !== undefined && frames.size >= this.#limits.frames) frames.delete(oldest)
    frames.set(frame, { pieces: piecesOf(text), cookies, digest, viewer, conversation, confirmed: false, uses: 0 })
    return true
  }
}
