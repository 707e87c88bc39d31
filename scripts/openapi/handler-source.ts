import ts from 'typescript'

/** What the source of a handler tells: its words, its statuses, and the type that it answers. */
export interface HandlerSource {
  words: string
  statuses: number[]
  /** Names of the readers that it calls: what it says it reads must have been seen. */
  calls: ReadonlySet<string>
  /** Undefined: no body. */
  answer: ts.Type | undefined
}

const wordsOf = (source: ts.SourceFile, node: ts.Node): string => {
  const ranges = ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? []
  const last = ranges.at(-1)
  return last === undefined ? '' : source.text.slice(last.pos, last.end).replaceAll(/^\/\*\*?|\*\/$/g, '').replaceAll(/\n\s*\*\s?/g, '\n').replaceAll(/\n@throws[^]*$/g, '').replaceAll(/\s+/g, ' ').trim()
}

function numbersIn(node: ts.Node): number[] {
  if (ts.isNumericLiteral(node)) return [Number(node.text)]
  return node.getChildren().flatMap(child => numbersIn(child))
}

/** Reads the one default export of a handler's file. */
export function readHandler(source: ts.SourceFile, checker: ts.TypeChecker): HandlerSource {
  const exported = source.statements.find(statement => ts.isExportAssignment(statement))
  if (exported === undefined || !ts.isCallExpression(exported.expression)) throw new Error(`${source.fileName} exports no handler`)
  const handle = exported.expression.arguments[0]
  const calls = new Set<string>()
  const statuses = new Set<number>()
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      calls.add(node.expression.text)
      const status = node.arguments[1]
      if (node.expression.text === 'setStatus' && status !== undefined) {
        const value = ts.isConditionalExpression(status) ? [status.whenTrue, status.whenFalse].flatMap(numbersIn) : numbersIn(status)
        for (const number of value) statuses.add(number)
      }
    }
    node.forEachChild(visit)
  }
  visit(source)
  const [signature] = handle === undefined ? [] : checker.getTypeAtLocation(handle).getCallSignatures()
  if (signature === undefined) throw new Error(`${source.fileName} has no handler that could be read`)
  const returned = signature.getReturnType()
  const answer = checker.getAwaitedType(returned) ?? returned
  // A handler that has two ways to answer says null for the one without a body.
  const bare = answer.isUnion() ? checker.getNonNullableType(answer) : answer
  const none = (bare.flags & (ts.TypeFlags.Null | ts.TypeFlags.Void | ts.TypeFlags.Undefined)) !== 0
  return { words: wordsOf(source, exported), statuses: [...statuses], calls, answer: none ? undefined : bare }
}
