import { readdirSync } from 'node:fs'
import tseslint from 'typescript-eslint'
import { importX } from 'eslint-plugin-import-x'

/**
 * The direction of imports: main → cli → commands, triggers → core, host, output.
 * A room may import itself, the rooms named here, and nothing else of `src`.
 */
/** @type {Record<string, string[]>} */
const mayImport = {
  cli: ['commands', 'triggers', 'host', 'output', 'core'],
  commands: ['host', 'output', 'core'],
  triggers: ['commands', 'host', 'output', 'core'],
  output: ['core'],
  host: ['core'],
  helper: ['host', 'core'],
  core: [],
}
const rooms = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

const zones = Object.entries(mayImport).map(([room, allowed]) => ({
  target: `./src/${room}`,
  from: rooms
    .filter((other) => other !== room && !allowed.includes(other))
    .map((other) => `./src/${other}`),
  message: `${room} may import ${allowed.join(', ') || 'nothing but itself'}`,
}))

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'test/fixtures'] },
  {
    files: ['**/*.{ts,js,mjs}'],
    extends: [tseslint.configs.base],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.js', '.mjs'] } } },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': 'off' },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ regex: '^[^.]', message: 'core is pure: it imports nothing from outside' }],
        },
      ],
      'no-restricted-globals': [
        'error',
        ...[
          'process',
          'console',
          'fetch',
          'setTimeout',
          'setInterval',
          'performance',
          'Buffer',
        ].map((name) => ({ name, message: 'core is pure: it touches nothing of the world' })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'core reads no clock: take `now`' },
        { object: 'Math', property: 'random', message: 'core decides the same each time' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
          message: 'core reads no clock: take `now`',
        },
      ],
    },
  },
)
