/**
 * A message as it is shown. Nothing of the source is lost: signs that only give form are `mark`s, which the page holds but does not show.
 * So the innerText of a message is its text as typed, whatever forms it uses.
 */
export type RichNode
  = | { kind: 'text', text: string }
    | { kind: 'mark', text: string }
    | { kind: 'strong' | 'em' | 'del' | 'code' | 'quote', children: RichNode[] }
    | { kind: 'list', items: ListItem[] }
    /** `open` and `close` are the lines of the fence; `close` is absent when the message ends within. */
    | { kind: 'fence', open: string, language: string, code: string, close?: string }
    /** An empty line between two blocks. */
    | { kind: 'gap' }

export interface ListItem {
  /** Nesting, from 0. */
  depth: number
  /** Numbers stay as typed; a bullet is drawn in place of its sign. */
  ordered: boolean
  children: RichNode[]
}

/** A block found at a line, and how many lines it takes. */
export interface Block { node: RichNode, length: number }
