// Measures the tests of the pure code: changes one thing in `src/**/core`, runs the core tests that
// import the file, and counts the changes that no test notices. No other command runs this: an area
// with 40 changes takes a few minutes.
//
//   npm run mutate -- --area report --count 40 --seed 1
//
// The sources are copied to a temporary directory, so the working tree is never changed. A change
// that does not compile is not counted, and sentences for people are not changed. A change that keeps
// a test running until its time-out counts as noticed. Survivors are printed with their place. Some of
// them change nothing that can be observed: judge them before you write a test.
// `mutate/mutants.mjs` has the changes, `mutate/tests.mjs` runs the tests.
import { rmSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import ts from 'typescript'
import { apply, makeChecker, mutantsOf } from './mutate/mutants.mjs'
import { startTests } from './mutate/tests.mjs'

/** The first pattern that a file matches is its area. */
const AREAS = /** @type {const} */ ([
  ['foundation', /^\w+\/foundation\//],
  ['persist', /^\w+\/persist\//],
  ['verification', /\/verify\/|\/package-managers\/core\/task\.ts$/],
  ['prune', /\/(package-managers|prune-plan|budgets|inventory)\//],
  ['builds', /\/devices\/|\/sccache\/|\/catalogue\/core\/sccache\.ts$/],
  ['dockerfile', /\/dockerfile\//],
  ['apps', /\/shared-cache\/apps\//],
  ['buildkit', /\/buildkit\//],
  ['properties', /\/properties\//],
  ['report', /\/report\//],
  ['doctor', /\/doctor\//],
  ['catalogue', /\/(catalogue|directories)\//],
  ['other', /^/],
])
/** Milliseconds. */
const SLOW = 2000
const USAGE = `Usage: npm run mutate -- [--area AREA] [--count N] [--seed N]

Changes the pure code in one place, runs its tests, and reports the changes that no test notices.

  --area AREA  one area instead of all: ${AREAS.map(([name]) => name).join(', ')}
  --count N    changes to try in each area (40)
  --seed N     chooses the changes; the same seed and sources give the same changes (1)
  --list       print each change as it is tried`

const repository = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    area: { type: 'string' },
    count: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const [count, seed] = [Number(values.count), Number(values.seed)]
const isKnown = !values.area || AREAS.some(([name]) => name === values.area)
if (values.help || !isKnown || !(count > 0) || !Number.isInteger(seed)) {
  console.log(USAGE)
  process.exit(values.help ? 0 : 1)
}

/** A list in an order that depends on the seed and the name alone. @template T */
function shuffled(/** @type {readonly T[]} */ list, /** @type {string} */ name) {
  let state = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed)
  const random = () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
  return list
    .map((one) => ({ one, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ one }) => one)
}

/** The core tests that import each file, directly or not. @param {readonly string[]} tests */
async function testsByFile(tests) {
  /** @type {Map<string, string[]>} */
  const imports = new Map()
  const importsOf = async (/** @type {string} */ path) => {
    const known = imports.get(path)
    if (known) return known
    const { importedFiles } = ts.preProcessFile(await readFile(path, 'utf8'))
    const own = importedFiles
      .filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => join(dirname(path), fileName))
      .flatMap(
        (name) =>
          [name, `${name}.ts`].find((one) => one.endsWith('.ts') && ts.sys.fileExists(one)) ?? [],
      )
    imports.set(path, own)
    return own
  }
  /** @type {Map<string, string[]>} */
  const found = new Map()
  for (const test of tests) {
    const reached = new Set([test])
    for (const path of reached) for (const one of await importsOf(path)) reached.add(one)
    for (const path of reached) found.set(path, [...(found.get(path) ?? []), test])
  }
  return found
}

const copy = await mkdtemp(join(tmpdir(), 'mutate-'))
process.on('exit', () => rmSync(copy, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    console.error(`Stopped by ${signal}`)
    process.exit(1)
  })
for (const part of ['src', 'test', 'package.json', 'tsconfig.json'])
  await cp(join(repository, part), join(copy, part), { recursive: true })
await symlink(join(repository, 'node_modules'), join(copy, 'node_modules'))
// The properties try the same values each time.
await writeFile(
  join(copy, 'seed.ts'),
  `import fc from 'fast-check'\nfc.configureGlobal({ seed: ${seed} })\n`,
)
process.chdir(copy)

const sources = await coreFiles('src', '.ts')
const related = await testsByFile(await coreFiles('test', '.test.ts'))
const compiles = makeChecker(copy, sources)
const tests = startTests(copy)
/** Milliseconds that each test file takes. @type {Record<string, number>} */
const times = {}
/** @type {string[]} */
const table = []

for (const [area] of AREAS) {
  if (values.area && values.area !== area) continue
  const files = sources.filter((path) => areaOf(path) === area)
  if (files.length === 0) continue
  table.push(await measure(area, files))
  console.log(table.at(-1))
}
tests.stop()
console.log(`\n${'area'.padEnd(14)} changes  noticed  share\n${table.join('\n')}`)
process.exit()

function areaOf(/** @type {string} */ path) {
  return AREAS.find(([, pattern]) => pattern.test(path))?.[0]
}

/** Tries the changes of one area. Prints the survivors; the result is the area's row of the table. */
async function measure(/** @type {string} */ area, /** @type {readonly string[]} */ files) {
  /** @type {Map<string, string>} */
  const contents = new Map()
  for (const path of files) contents.set(path, await readFile(path, 'utf8'))
  const all = [...contents].flatMap(([path, source]) => mutantsOf(path, source))
  const needed = files.flatMap((path) => related.get(path) ?? []).filter((one) => !(one in times))
  const whole = await tests.run({ changed: '', files: [...new Set(needed)] }, 1_800_000)
  if (!whole?.passed) throw new Error(`Tests fail before any change: ${whole?.problems.join('\n')}`)
  Object.assign(times, whole.times)

  let tried = 0
  let noticed = 0
  for (const mutant of shuffled(all, area)) {
    if (tried === count) break
    const { path, line, start, end, text } = mutant
    const source = contents.get(path) ?? ''
    const changed = apply(mutant, source)
    if (!compiles(path, changed)) continue
    tried++
    // The slow tests of other areas are left out: what they notice, they notice by chance.
    const wanted = (related.get(path) ?? [])
      .filter((one) => areaOf(one) === area || Number(times[one]) < SLOW)
      .sort((a, b) => Number(times[a]) - Number(times[b]))
    const usual = wanted.reduce((sum, one) => sum + Number(times[one]), 0)
    await writeFile(path, changed)
    const answer =
      wanted.length === 0
        ? { passed: true }
        : await tests.run({ changed: path, files: wanted }, 30_000 + 10 * usual)
    await writeFile(path, source)
    if (!answer?.passed) noticed++
    const short = (/** @type {string} */ code) =>
      code.replace(/\s+/g, ' ').slice(0, 90) || '(nothing)'
    const result = !answer ? 'time-out' : answer.passed ? 'survived' : 'noticed '
    const change = `${path}:${line}  ${short(source.slice(start, end))}  →  ${short(text)}`
    if (!answer || answer.passed || values.list) console.log(`${result}  ${change}`)
  }
  const share = tried === 0 ? '-' : `${Math.round((100 * noticed) / tried)} %`
  return `${area.padEnd(14)} ${String(tried).padStart(7)}  ${String(noticed).padStart(7)}  ${share.padStart(5)}`
}

/** Files below a folder that are in a folder `core`. */
async function coreFiles(/** @type {string} */ folder, /** @type {string} */ ending) {
  const names = await readdir(folder, { recursive: true })
  return names
    .filter((name) => /(^|\/)core\//.test(name) && name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort()
}
