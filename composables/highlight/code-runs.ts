/** What a piece of code is, for its colour; `plain` has that of the text. */
export const codeKinds = ['plain', 'keyword', 'string', 'number', 'comment', 'title', 'type', 'attribute', 'meta', 'added', 'removed'] as const
export type CodeKind = (typeof codeKinds)[number]

/** A run of code of one kind, by its length: the text itself is the message's and travels nowhere. */
export interface CodeRun { kind: CodeKind, length: number }

/** First parts of the scopes that grammars use; what is not named is plain. */
const kinds: Record<string, CodeKind | undefined> = {
  'keyword': 'keyword', 'literal': 'number', 'selector-tag': 'keyword', 'selector-pseudo': 'keyword', 'operator': 'plain',
  'string': 'string', 'regexp': 'string', 'char': 'string', 'template-tag': 'meta', 'template-variable': 'attribute', 'link': 'string', 'code': 'string',
  'number': 'number', 'symbol': 'number', 'bullet': 'number',
  'comment': 'comment', 'quote': 'comment', 'doctag': 'comment',
  'title': 'title', 'section': 'title', 'name': 'keyword', 'selector-id': 'title', 'selector-class': 'title',
  'type': 'type', 'built_in': 'type', 'class': 'type',
  'attr': 'attribute', 'attribute': 'attribute', 'property': 'attribute', 'selector-attr': 'attribute', 'variable': 'attribute',
  'meta': 'meta',
  'addition': 'added', 'deletion': 'removed',
}

/** Kind of a scope such as `title.function`; undefined: that of what is around it. */
export const kindOfScope = (scope: string): CodeKind | undefined => kinds[scope.split('.')[0] ?? '']

/** Whether runs are those of a code: a worker of another build may know other kinds. */
export function fits(runs: unknown, code: string): runs is CodeRun[] {
  if (!Array.isArray(runs)) return false
  let length = 0
  for (const run of runs as Partial<CodeRun>[]) {
    if (typeof run?.length !== 'number' || !Number.isSafeInteger(run.length) || run.length < 0 || !codeKinds.some(kind => kind === run.kind)) return false
    length += run.length
  }
  return length === code.length
}

/** A code cut at its runs; joined again it is the code. */
export function cutCode(code: string, runs: readonly CodeRun[]): { kind: CodeKind, text: string }[] {
  let from = 0
  return runs.map(({ kind, length }) => ({ kind, text: code.slice(from, from += length) }))
}
