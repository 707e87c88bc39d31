import ts from 'typescript'

export type Schema = { [field: string]: unknown }

/** JSON Schemas of TypeScript types: what the server answers is described by the types that its handlers are checked against. */
export class TypeSchemas {
  readonly #checker: ts.TypeChecker
  /** Types that have a name in shared/, as they are met. */
  readonly components = new Map<string, Schema>()

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker
  }

  of(type: ts.Type): Schema {
    const named = this.#nameOf(type)
    if (named === undefined) return this.#inline(type)
    const { name, symbol } = named
    if (!this.components.has(name)) {
      // Before it is made: a type may hold itself.
      this.components.set(name, {})
      this.components.set(name, { ...this.#wordsOf(symbol), ...this.#inline(type) })
    }
    return { $ref: `#/components/schemas/${name}` }
  }

  /** As it is written where it is optional: with `undefined` beside it a union has lost its name. */
  #typeOf(property: ts.Symbol): ts.Type {
    const { valueDeclaration: declared, flags } = property
    const written = declared !== undefined && ts.isPropertySignature(declared) && (flags & ts.SymbolFlags.Optional) !== 0 ? declared.type : undefined
    return written === undefined ? this.#checker.getTypeOfSymbol(property) : this.#checker.getTypeFromTypeNode(written)
  }

  #nameOf(type: ts.Type): { name: string, symbol: ts.Symbol } | undefined {
    const symbol = type.aliasSymbol ?? type.getSymbol()
    const declaration = symbol?.declarations?.[0]
    if (symbol === undefined || declaration === undefined || type.aliasTypeArguments !== undefined) return undefined
    if (!ts.isInterfaceDeclaration(declaration) && !ts.isTypeAliasDeclaration(declaration)) return undefined
    return /\/shared\/[^/]+\.ts$/.test(declaration.getSourceFile().fileName) ? { name: symbol.getName(), symbol } : undefined
  }

  #wordsOf(symbol: ts.Symbol): Schema {
    const description = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker)).replaceAll(/\s*\n\s*/g, ' ').replaceAll(/\{@link ([^}]+)\}/g, '$1').trim()
    return description === '' ? {} : { description }
  }

  #inline(type: ts.Type): Schema {
    const { flags } = type
    if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {}
    if (flags & ts.TypeFlags.Null) return { type: 'null' }
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value }
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: this.#checker.typeToString(type) === 'true' }
    if (flags & ts.TypeFlags.StringLike) return { type: 'string' }
    if (flags & ts.TypeFlags.NumberLike) return { type: 'number' }
    if (flags & ts.TypeFlags.Boolean) return { type: 'boolean' }
    if (type.isUnion()) return this.#union(type.types)
    return this.#object(type)
  }

  #union(types: readonly ts.Type[]): Schema {
    const parts = types.filter(part => !(part.flags & ts.TypeFlags.Undefined))
    if (parts.every(part => part.isStringLiteral())) return { type: 'string', enum: parts.map(part => part.value) }
    const booleans = parts.filter(part => part.flags & ts.TypeFlags.BooleanLiteral)
    const others = parts.filter(part => booleans.length < 2 || !(part.flags & ts.TypeFlags.BooleanLiteral)).map(part => this.of(part))
    const all = booleans.length < 2 ? others : [...others, { type: 'boolean' }]
    return all.length === 1 ? all[0]! : { anyOf: all }
  }

  #object(type: ts.Type): Schema {
    if (this.#checker.isTupleType(type)) return { type: 'array', items: {} }
    if (this.#checker.isArrayType(type)) return { type: 'array', items: this.of(this.#checker.getTypeArguments(type as ts.TypeReference)[0]!) }
    const index = type.getStringIndexType()
    if (index !== undefined) return { type: 'object', additionalProperties: this.of(index) }
    const properties: Record<string, Schema> = {}
    const required: string[] = []
    for (const property of type.getProperties()) {
      const schema = this.of(this.#typeOf(property))
      const words = this.#wordsOf(property)
      properties[property.getName()] = { ...schema, ...words }
      if (!(property.flags & ts.SymbolFlags.Optional)) required.push(property.getName())
    }
    return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) }
  }
}
