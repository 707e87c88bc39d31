import type { FunctionalComponent, VNode } from 'vue'
import { createStaticVNode, h } from 'vue'
import MessageArticle from '#parley/components/chat/message/MessageArticle.vue'
import TimelineFeed from '#parley/components/chat/timeline/TimelineFeed.vue'
import type { TimelineContext } from '#parley/composables/timeline/context.ts'
import { useTimelineContext } from '#parley/composables/timeline/context.ts'
import type { MessageItem } from '#parley/composables/timeline/display-items.ts'

interface RowProps { 'item': MessageItem, 'tab': boolean, 'highlighted': boolean, 'data-opening': boolean }

/** Where the HTML of a row begins and ends, in a page that is still to be looked through; no text holds a NUL. */
const [begins, ends] = ['\0r', '\0e'] as const
/** Vue's marks of several nodes that stand for one. */
const [opened, closed] = ['<!--[-->', '<!--]-->'] as const

/** Characters of keys and rows together. */
const mostCharacters = 8 * 1024 * 1024

/**
 * All that the HTML of a row depends on beside the build; undefined of a row that depends on more, as on rows that it quotes or people whom
 * it mentions. Text and reactions are in it, so what was edited or deleted is never found under its old key.
 */
function keyOf(props: RowProps, timeline: TimelineContext, locale: string): string | undefined {
  const { item: { row, first, last }, tab, highlighted, 'data-opening': opening } = props
  const { kind, role, closed: over } = timeline.conversation()
  if (row.content?.type !== 'text' || row.seq === undefined || row.replyTo !== undefined || row.deletedAt !== undefined) return undefined
  if (row.reactions.length > 0 || row.mentions !== undefined || row.changeFailure !== undefined || !timeline.still()) return undefined
  const who = row.mine ? timeline.account() : timeline.user(row.sender)
  return JSON.stringify([locale, timeline.zone(), kind, role, over, first, last, tab, highlighted, opening, timeline.isBlocked(row.sender), timeline.name(row.sender), who, timeline.user(row.sender)?.avatar, row])
}

/** Names of the components of a page, for the styles in its head; tells too which of them one row has, those that others have among them. */
class Modules extends Set<string> {
  #row: string[] | undefined

  override add(name: string): this {
    this.#row?.push(name)
    return super.add(name)
  }

  begin(): void {
    this.#row = []
  }

  end(): readonly string[] {
    const row = this.#row ?? []
    this.#row = undefined
    return row
  }
}

interface KnownRow { html: string, modules: readonly string[] }

/** Rows of messages that were rendered once, for any page in which they look the same: a message is read by many. */
export class RowMemo {
  readonly #rows = new Map<string, KnownRow>()
  #characters = 0

  /** For one page: what shows its rows, what its app is to note its components in, and what takes the rows that are new out of its HTML. */
  page(): { view: FunctionalComponent<RowProps>, modules: Set<string>, take: (html: string) => string } {
    const modules = new Modules()
    const fresh: { key: string, modules: readonly string[] }[] = []
    const view: FunctionalComponent<RowProps> = (props): VNode | VNode[] => {
      const key = keyOf(props, useTimelineContext(), useI18n().locale.value)
      const known = key === undefined ? undefined : this.#rows.get(key)
      if (known !== undefined) {
        for (const name of known.modules) modules.add(name)
        return createStaticVNode(known.html, 1)
      }
      if (key === undefined) return h(MessageArticle, props)
      modules.begin()
      const end = (): VNode => {
        fresh.push({ key, modules: modules.end() })
        return createStaticVNode(ends, 1)
      }
      // One after the other: the end is reached when the row is rendered.
      return [createStaticVNode(begins, 1), h(MessageArticle, props), h(end)]
    }
    // Its rows carry the mark of the timeline's styles, as they do there.
    Object.assign(view, { inheritAttrs: false, __scopeId: (TimelineFeed as { __scopeId?: string }).__scopeId })
    return { view, modules, take: html => this.#take(html, fresh) }
  }

  /** Keeps the new rows of a page. @returns the page without their marks */
  #take(html: string, fresh: readonly { key: string, modules: readonly string[] }[]): string {
    if (fresh.length === 0) return html
    const [head = '', ...rest] = html.split(opened + begins)
    return head + rest.map((piece, index) => {
      const [row = '', after = ''] = piece.split(ends + closed)
      const found = fresh[index]
      if (found !== undefined) this.#keep(found.key, row, found.modules)
      return row + after
    }).join('')
  }

  #keep(key: string, row: string, modules: readonly string[]): void {
    // Of a page it would be a view into, which would keep all of that.
    const html = Buffer.from(row).toString()
    this.#rows.set(key, { html, modules })
    this.#characters += key.length + html.length
    for (const [old, { html: { length } }] of this.#rows) {
      if (this.#characters <= mostCharacters) return
      this.#rows.delete(old)
      this.#characters -= old.length + length
    }
  }
}
