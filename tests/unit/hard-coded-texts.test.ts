import { globSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { parse } from 'vue/compiler-sfc'

const root = new URL('../../', import.meta.url).pathname
const views = globSync(['{components,pages,layouts}/**/*.vue', '*.vue'], { cwd: root }).sort()

/** Attributes that people read or hear. */
const spoken = new Set(['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'title', 'placeholder', 'alt', 'label', 'description', 'hint', 'text', 'act'])
const letters = /\p{L}/u

interface Branch { children?: Branch[], type: number, content?: string | { content: string, loc?: unknown }, props?: Prop[], loc: { start: { line: number } } }
interface Prop { type: number, name: string, value?: { content: string }, arg?: { content: string }, exp?: { content: string }, loc: { start: { line: number } } }
/** Of Vue's own: a text, an interpolation, an attribute, a directive. */
const kinds = { text: 2, interpolation: 5, attribute: 6, directive: 7 } as const

/** The literals that an expression can come out as: its branches and parts, not what it hands to functions or compares with. */
function outcomes(expression: string): string[] {
  const script = ts.createSourceFile('x.ts', `(${expression})`, ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const look = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push(node.text)
    else if (ts.isTemplateExpression(node)) {
      found.push(node.head.text, ...node.templateSpans.map(span => span.literal.text))
      node.templateSpans.forEach(span => look(span.expression))
    }
    else if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(look)
    else if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node)) look(node.expression)
    else if (ts.isBinaryExpression(node)) {
      if (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) look(node.right)
      else if ([ts.SyntaxKind.PlusToken, ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken].includes(node.operatorToken.kind)) [node.left, node.right].forEach(look)
    }
  }
  script.statements.forEach((statement) => {
    if (ts.isExpressionStatement(statement)) look(statement.expression)
  })
  return found.filter(text => letters.test(text))
}

function textsOf(branch: Branch): { line: number, text: string }[] {
  const at = (line: number, texts: string[]) => texts.map(text => ({ line, text: text.trim() }))
  const content = typeof branch.content === 'string' ? branch.content : branch.content?.content ?? ''
  const own = branch.type === kinds.text && letters.test(content) ? at(branch.loc.start.line, [content]) : branch.type === kinds.interpolation ? at(branch.loc.start.line, outcomes(content)) : []
  const props = (branch.props ?? []).flatMap((prop) => {
    if (prop.type === kinds.attribute) return spoken.has(prop.name) && letters.test(prop.value?.content ?? '') ? at(prop.loc.start.line, [prop.value?.content ?? '']) : []
    return prop.name === 'bind' && spoken.has(prop.arg?.content ?? '') ? at(prop.loc.start.line, outcomes(prop.exp?.content ?? '')) : []
  })
  return [...own, ...props, ...(branch.children ?? []).flatMap(textsOf)]
}

const templateTexts = (source: string) => {
  const ast = parse(source).descriptor.template?.ast as Branch | undefined
  return ast === undefined ? [] : textsOf(ast)
}

describe('[U-A5] texts', () => {
  it('are found where they are hard-coded', () => {
    const found = (template: string) => templateTexts(`<template>${template}</template>`).map(({ text }) => text)
    expect(found('<p>Hello {{ t("x") }}</p>')).toEqual(['Hello'])
    expect(found('<p>你好</p>')).toEqual(['你好'])
    expect(found('<p>{{ ok ? "Yes" : t("no") }}</p>')).toEqual(['Yes'])
    expect(found('<button aria-label="Close" :title="`Close ${name}`" />')).toEqual(['Close', 'Close'])
    expect(found('<p :class="on ? \'a\' : \'b\'">{{ kind === "group" ? n(1) : t(\'a.b\') }} · {{ name ?? "" }}</p>')).toEqual([])
  })

  it('no template has any of its own', () => {
    expect(views.length).toBeGreaterThan(60)
    expect(views.flatMap(path => templateTexts(readFileSync(root + path, 'utf8')).map(({ line, text }) => `${path}:${line} ${text}`))).toEqual([])
  })

  it('no component or page has a Chinese one in its script', () => {
    const chinese = views.flatMap((path) => {
      const { descriptor } = parse(readFileSync(root + path, 'utf8'))
      const script = ts.createSourceFile('x.ts', descriptor.scriptSetup?.content ?? '', ts.ScriptTarget.Latest, true)
      const found: string[] = []
      const look = (node: ts.Node): void => {
        if (ts.isStringLiteralLike(node) && /\p{Script=Han}/u.test(node.text)) found.push(`${path} ${node.text}`)
        ts.forEachChild(node, look)
      }
      look(script)
      return found
    })
    expect(chinese).toEqual([])
  })

  it('dates and numbers are written in the language of the page, not of the device', () => {
    const offenders = globSync(['{components,pages,composables,stores,layouts}/**/*.{vue,ts}', '*.vue'], { cwd: root })
      .flatMap(path => [...readFileSync(root + path, 'utf8').matchAll(/\.(toLocale(?:Date|Time)?String|toTimeString|toUTCString)\(/g)].map(match => `${path} ${match[1]}`))
    expect(offenders).toEqual([])
  })
})
