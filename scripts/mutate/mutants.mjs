// The single changes that can be made to a source file.
import { dirname } from 'node:path'
import ts from 'typescript'

/**
 * @typedef {object} Mutant
 * @property {string} path relative to the root of the repository
 * @property {number} line from 1
 * @property {number} start offset of the text that is replaced
 * @property {number} end
 * @property {string} text what replaces it
 */

const K = ts.SyntaxKind
/** @type {Readonly<Record<string, string>>} */
const OPERATORS = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '+=': '-=',
  '-=': '+=',
}
/** @type {Readonly<Record<string, string>>} */
const METHODS = {
  some: 'every',
  every: 'some',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  min: 'max',
  max: 'min',
  floor: 'ceil',
  ceil: 'floor',
  indexOf: 'lastIndexOf',
  lastIndexOf: 'indexOf',
}
/** Calls that are left out: `a.trim()` becomes `a`. */
const LEFT_OUT = [
  'filter',
  'sort',
  'slice',
  'trim',
  'toLowerCase',
  'reverse',
  'toSorted',
  'replace',
]
/** One change of a regular expression each: what is replaced, and by what. */
const REGEX = /** @type {const} */ ([
  [/^\/\^/, '/'],
  [/\$(\/[a-z]*)$/, '$1'],
  [/([\])\w.])\+/, '$1'],
  [/([\])\w.])\*/, '$1+'],
  [/\\d/, '\\D'],
  [/\\s/, '\\S'],
  [/\[\^/, '['],
  [/([\])\w])\?(?![:=!<])/, '$1'],
  [/([^/|(])\|[^|)]+/, '$1'],
  [/\/[gimsuy]+$/, '/'],
])
/** Sentences for people, and what joins their parts: no test should repeat them. */
const SENTENCE = /\p{L}{2,},? \p{L}{2,}|^, $|^ and $/u

/**
 * What to put in place of an expression, by its kind.
 * @param {ts.Node} node
 * @returns {string[]}
 */
function replacements(node) {
  const text = node.getText()
  if (node.kind === K.TrueKeyword) return ['false']
  if (node.kind === K.FalseKeyword) return ['true']
  if (ts.isNumericLiteral(node)) return [`(${text} + 1)`]
  if (ts.isRegularExpressionLiteral(node))
    return REGEX.map(([from, to]) => text.replace(from, to)).filter((one) => one !== text)
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
    const isName = ts.isImportDeclaration(node.parent) || node.parent.parent?.kind === K.LiteralType
    if (isName || SENTENCE.test(node.text)) return []
    return [node.text === '' ? "'~'" : "''"]
  }
  if (ts.isIfStatement(node)) return withoutIf(node)
  if (ts.isConditionalExpression(node)) return [node.whenTrue.getText(), node.whenFalse.getText()]
  if (ts.isExpressionStatement(node) && !ts.isStringLiteral(node.expression)) return [';']
  if (ts.isReturnStatement(node) && node.expression) return otherResults(node.expression, 'return ')
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return []
  if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken)
    return [node.operand.getText()]
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression, name } = node.expression
    return LEFT_OUT.includes(name.text) ? [expression.getText()] : []
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === K.QuestionQuestionToken)
    return [node.left.getText(), node.right.getText()]
  return []
}

/** The text of an error. @param {ts.Node} node */
function isError(node) {
  return ts.isNewExpression(node) && /Error$/.test(node.expression.getText())
}

/**
 * `''` or `0` for what an index may not have: the compiler asks for it, and most never come up.
 * @param {ts.Node} node
 */
function isUnreachable({ kind, parent }) {
  if (kind !== K.StringLiteral && kind !== K.NumericLiteral) return false
  return (
    ts.isBindingElement(parent) ||
    (ts.isBinaryExpression(parent) && parent.operatorToken.kind === K.QuestionQuestionToken)
  )
}

/** @param {ts.IfStatement} node */
function withoutIf({ expression, thenStatement, elseStatement }) {
  const condition = expression.getText()
  const rest = elseStatement ? ` else ${elseStatement.getText()}` : ''
  return [`if (!(${condition})) ${thenStatement.getText()}${rest}`, elseStatement?.getText() ?? ';']
}

/** Operators and methods whose result is true or false. */
const BOOLEAN =
  /^!|[=!]==|[<>]=? | && |\.(?:some|every|has|includes|startsWith|endsWith|test)\(.*\)$/s

/**
 * @param {ts.Expression} expression
 * @param {string} before
 */
function otherResults(expression, before) {
  const text = expression.getText()
  const others = BOOLEAN.test(text) ? ['true', 'false'] : ['undefined', 'null', '[]']
  return others.filter((one) => one !== text).map((one) => `${before}${one}`)
}

/**
 * Every single change of a file.
 * @param {string} path
 * @param {string} source
 * @returns {Mutant[]}
 */
export function mutantsOf(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.ES2022, true)
  /** @type {Mutant[]} */
  const found = []
  const add = (
    /** @type {number} */ start,
    /** @type {number} */ end,
    /** @type {string} */ text,
  ) => {
    const line = file.getLineAndCharacterOfPosition(start).line + 1
    found.push({ path, line, start, end, text })
  }
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isImportDeclaration(node))
      return
    if (isError(node) || isUnreachable(node)) return
    for (const text of replacements(node)) add(node.getStart(), node.end, text)
    if (ts.isBinaryExpression(node)) {
      const operator = node.operatorToken
      const other = OPERATORS[operator.getText()]
      if (other) add(operator.getStart(), operator.end, other)
    }
    if (ts.isPropertyAccessExpression(node)) {
      const other = METHODS[node.name.text]
      if (other && ts.isCallExpression(node.parent)) add(node.name.getStart(), node.name.end, other)
    }
    if (ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node)) {
      const parts = ts.isArrayLiteralExpression(node) ? node.elements : node.properties
      parts.forEach((part, i) => {
        const dropped = ts.isArrayLiteralExpression(node) || ts.isSpreadAssignment(part)
        if (dropped) add(part.getStart(), parts[i + 1]?.getStart() ?? part.end, '')
      })
    }
    if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
      for (const text of otherResults(node.body, '')) add(node.body.getStart(), node.body.end, text)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** @param {Mutant} mutant @param {string} source */
export function apply({ start, end, text }, source) {
  return source.slice(0, start) + text + source.slice(end)
}

/**
 * Tells whether a file still compiles with other contents.
 * @param {string} root
 * @param {readonly string[]} files
 */
export function makeChecker(root, files) {
  const config = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
  /** @type {Map<string, { text: string, version: number }>} */
  const changed = new Map()
  const service = ts.createLanguageService({
    getScriptFileNames: () => files.map((path) => `${root}/${path}`),
    getScriptVersion: (path) => String(changed.get(path)?.version ?? 0),
    getScriptSnapshot: (path) => {
      const text = changed.get(path)?.text ?? ts.sys.readFile(path)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: () => ({
      ...options,
      noUnusedLocals: false,
      noUnusedParameters: false,
    }),
    getDefaultLibFileName: (one) =>
      `${dirname(ts.getDefaultLibFilePath(one))}/${ts.getDefaultLibFileName(one)}`,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
  })
  let version = 0
  return (/** @type {string} */ path, /** @type {string} */ text) => {
    const name = `${root}/${path}`
    changed.set(name, { text, version: ++version })
    const problems = [
      ...service.getSyntacticDiagnostics(name),
      ...service.getSemanticDiagnostics(name),
    ]
    changed.set(name, { text: ts.sys.readFile(name) ?? '', version: ++version })
    return problems.length === 0
  }
}
