// Runs tests in a process of its own that stays, because starting Vitest takes longer than the tests.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Request
 * @property {string} changed the file that has changed, '' for none
 * @property {readonly string[]} files tests, the quickest first; the rest is skipped when one fails
 */

/** @param {string} root */
async function serve(root) {
  const { createVitest } = await import('vitest/node')
  /** @type {readonly string[]} */
  let order = []
  let previous = ''
  class Sequencer {
    shard = async (/** @type {any[]} */ specs) => specs
    sort = async (/** @type {any[]} */ specs) =>
      specs.sort((a, b) => order.indexOf(a.moduleId) - order.indexOf(b.moduleId))
  }
  const vitest = await createVitest('test', {
    root,
    config: false,
    watch: false,
    include: ['test/**/core/**/*.test.ts'],
    setupFiles: ['seed.ts'],
    pool: 'threads',
    maxWorkers: 1,
    bail: 1,
    reporters: [{}],
    testTimeout: 600_000,
    sequence: { sequencer: /** @type {any} */ (Sequencer) },
  })
  const specs = await vitest.globTestSpecifications()
  process.on('message', async (/** @type {Request} */ { changed, files }) => {
    order = files.map((file) => `${root}/${file}`)
    // The one before is as it was again.
    for (const path of [previous, changed]) if (path) vitest.invalidateFile(`${root}/${path}`)
    previous = changed
    // What earlier runs came to would count for this one, and for `bail`.
    vitest.state.filesMap.clear()
    vitest.state.idMap.clear()
    const wanted = specs.filter(({ moduleId }) => order.includes(moduleId))
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(wanted)
    const failed = testModules.filter((module) => module.state() === 'failed')
    const times = Object.fromEntries(
      testModules.map((module) => [
        module.moduleId.slice(root.length + 1),
        module.diagnostic().duration,
      ]),
    )
    const passed = failed.length === 0 && unhandledErrors.length === 0
    const problems = failed.flatMap((module) => [
      module.moduleId,
      ...module.errors().map(({ message }) => message),
      ...[...module.children.allTests('failed')].map(
        (one) => `${one.fullName}: ${one.result().errors?.[0]?.message}`,
      ),
    ])
    process.send?.({ passed, times, problems: [...problems, ...unhandledErrors.map(String)] })
  })
  process.send?.('ready')
}

/**
 * A process that runs tests below `root`.
 * @param {string} root
 */
export function startTests(root) {
  const start = () => {
    const child = fork(fileURLToPath(import.meta.url), [root], {
      cwd: root,
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    return { child, ready: new Promise((resolve) => child.once('message', resolve)) }
  }
  let current = start()
  return {
    /**
     * What came of some tests; null where they were still running after `limit` milliseconds.
     * @param {Request} request
     * @param {number} limit
     * @returns {Promise<{ passed: boolean, times: Record<string, number>, problems: string[] } | null>}
     */
    async run(request, limit) {
      await current.ready
      const { child } = current
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          child.removeAllListeners('message')
          child.kill('SIGKILL')
          current = start()
          resolve(null)
        }, limit)
        child.once('message', (/** @type {any} */ answer) => {
          clearTimeout(timer)
          resolve(answer)
        })
        child.send(request)
      })
    },
    stop: () => current.child.kill(),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(process.argv[2] ?? '')
