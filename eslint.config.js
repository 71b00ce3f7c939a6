import { existsSync, readdirSync } from 'node:fs'
import tseslint from 'typescript-eslint'
import { createNodeResolver, importX } from 'eslint-plugin-import-x'

/**
 * Features of shared-cache, from the ones that need no other to the ones that use many. A feature may
 * import the features above it in this list, `foundation`, and nothing else of `src`: so no two
 * features import each other. A new folder has to be given its place here.
 */
const ORDER = {
  'shared-cache': [
    'shell',
    'prune-plan',
    'catalogue',
    'budgets',
    'buildkit',
    'properties',
    'package-managers',
    'directories',
    'apps',
    'sccache',
    'devices',
    'image-copy',
    'build-records',
    'dockerfile',
    'inventory',
    'setup',
    'enable',
    'set',
    'report',
    'doctor',
    'verify',
    'check',
    'prune',
    'scheduled',
    'triggers',
  ],
  persist: [
    'limits',
    'volumes',
    'image-updates',
    'usage',
    'properties',
    'add',
    'adopt',
    'universal',
    'remove',
    'clean',
    'set',
    'list',
    'info',
    'report',
    'doctor',
    'scheduled',
    'triggers',
  ],
}

/** @param {string} path */
const foldersIn = (path) =>
  existsSync(path)
    ? readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
    : []

const zones = Object.entries(ORDER).flatMap(([plugin, order]) => {
  const others = Object.keys(ORDER).filter((other) => other !== plugin)
  const unordered = foldersIn(`src/${plugin}`).filter((feature) => !order.includes(feature))
  if (unordered.length > 0) throw new Error(`Give src/${plugin}/${unordered[0]} a place in ORDER`)
  return [
    {
      target: './src/foundation',
      from: [`./src/${plugin}`],
      message: 'the foundation knows neither plugin: take what you need as a parameter',
    },
    {
      target: `./src/${plugin}`,
      from: others.map((other) => `./src/${other}`),
      message: 'the plugins do not import each other: share code through the foundation',
    },
    ...order.map((feature, index) => ({
      target: `./src/${plugin}/${feature}`,
      from: order.slice(index + 1).map((later) => `./src/${plugin}/${later}`),
      message: `${feature} comes before that feature in ORDER (eslint.config.js)`,
    })),
    {
      target: `./src/${plugin}/triggers`,
      from: order.map((feature) => `./src/${plugin}/${feature}/command.ts`),
      message: 'a trigger does not load a verb: move what both need into the feature',
    },
  ]
})

/**
 * Files that start processes themselves, and why. Everything else goes through the runner.
 * @type {Readonly<Record<string, string>>}
 */
const STARTS_PROCESSES = {
  'src/foundation/process/call.ts': "the runner's own way to start a program",
  'src/foundation/process/lock.ts': 'holds a lock with a process that outlives the call',
  'src/foundation/process/on-death.ts': 'starts a process that outlives this one',
  'src/foundation/docker/engine/transport.ts': 'uses the streams of an ssh process as a connection',
}

const NO_CLOCK = {
  selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
  message: 'core reads no clock: take `now`',
}

const NAMES = Object.keys(ORDER).join('|')
const NO_PLUGIN = {
  selector: `Literal[value=/${NAMES}/], TemplateElement[value.raw=/${NAMES}/]`,
  message: 'the foundation serves any plugin: take its name as a parameter',
}

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'test/fixtures'] },
  {
    files: ['**/*.{ts,js,mjs}'],
    extends: [tseslint.configs.base],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.mjs'] })],
    },
    rules: {
      'import-x/no-restricted-paths': [
        'error',
        { zones: zones.filter(({ from }) => from.length > 0) },
      ],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
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
    files: ['src/foundation/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', NO_PLUGIN],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: Object.keys(STARTS_PROCESSES),
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['child_process', 'node:child_process'].map((name) => ({
            name,
            message: 'use the runner; STARTS_PROCESSES in eslint.config.js lists the exceptions',
          })),
        },
      ],
    },
  },
  {
    files: ['src/**/core/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              // The two libraries only read their arguments.
              regex: '^(?!\\./[^/]+$)(?!\\.\\.?/.*core/)(?!unbash$)(?!node:path/posix$)',
              message:
                'core is pure: it imports other core files, unbash and posix paths, nothing else',
            },
          ],
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
      'no-restricted-syntax': ['error', NO_CLOCK],
    },
  },
  {
    files: ['src/foundation/core/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_CLOCK, NO_PLUGIN] },
  },
)
