import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The project's own source as data, for the tests that hold its structure. */

const root = fileURLToPath(new URL('../../', import.meta.url))

const skipped = new Set(['node_modules', 'coverage', 'screenshots', 'dist'])

/** Whether a path (from the root) exists. */
export const exists = (path: string): boolean => existsSync(root + path)

export const readText = (path: string): string => readFileSync(root + path, 'utf8')

/** Paths from the root, sorted, of all files below a folder; hidden and generated folders are left out. */
export function filesBelow(folder: string): string[] {
  if (folder !== '' && !exists(folder)) return []
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return entry.name.startsWith('.') || skipped.has(entry.name) ? [] : filesBelow(path)
    return [path]
  }).sort()
}

export interface SourceImport {
  specifier: string
  /** Erased at build time: `import type`, or only inline `type` names. */
  typeOnly: boolean
}

export interface SourceFile {
  path: string
  text: string
  /** Lines as an editor counts them. */
  lines: number
  /** The TypeScript of a .ts file, or of the script blocks of a .vue file. */
  script: ts.SourceFile
  imports: SourceImport[]
}

/** TypeScript of the script blocks, the rest blanked, so that line numbers stay true. */
function scriptOf(path: string, text: string): string {
  if (!path.endsWith('.vue')) return text
  let script = ''
  let last = 0
  for (const match of text.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)) {
    const start = match.index + match[0].indexOf('>') + 1
    script += text.slice(last, start).replace(/[^\n]/g, ' ') + match[1]
    last = start + match[1]!.length
  }
  return script
}

/** Calls `visit` for every node below `node`. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  ts.forEachChild(node, (child) => {
    visit(child)
    walk(child, visit)
  })
}

function erased(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  const clause = node.importClause
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const named = clause.namedBindings
  return clause.name === undefined && named !== undefined && ts.isNamedImports(named) && named.elements.length > 0 && named.elements.every(element => element.isTypeOnly)
}

/** All imports and re-exports, dynamic and in types included. */
function importsOf(script: ts.SourceFile): SourceImport[] {
  const found: SourceImport[] = []
  walk(script, (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ specifier: node.moduleSpecifier.text, typeOnly: erased(node) })
    }
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0] !== undefined && ts.isStringLiteralLike(node.arguments[0])) {
      found.push({ specifier: node.arguments[0].text, typeOnly: false })
    }
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      found.push({ specifier: node.argument.literal.text, typeOnly: true })
    }
  })
  return found
}

function readSource(path: string): SourceFile {
  const text = readText(path)
  const script = ts.createSourceFile(path, scriptOf(path, text), ts.ScriptTarget.Latest, true)
  return { path, text, lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0), script, imports: importsOf(script) }
}

/** Every .ts and .vue file of the project, tests included. */
export const readSources = (): SourceFile[] => filesBelow('').filter(path => /\.(ts|vue)$/.test(path) && !path.endsWith('.d.ts')).map(readSource)

/** "path:line" of a node. */
export function place(file: SourceFile, node: ts.Node): string {
  return `${file.path}:${file.script.getLineAndCharacterOfPosition(node.getStart(file.script)).line + 1}`
}
