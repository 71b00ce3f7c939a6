// One deploy: the volume `v` follows an image, which is a directory here instead of the Engine's.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { statSync } from 'node:fs'
import { join } from 'node:path'

const [bundle = '', root = '', image = ''] = process.argv.slice(2)
const { followImage } = createRequire(import.meta.url)(bundle)

const view = {
  stat: (/** @type {string} */ path) =>
    Promise.resolve({ kind: statSync(join(image, path)).isFile() ? 'file' : 'directory' }),
  archive: (/** @type {string} */ path) =>
    Promise.resolve(spawn('tar', ['-C', image, '-cf', '-', `.${path}`.slice(2)]).stdout),
}
const engine = {
  image: () => Promise.resolve({ id: image, content: image }),
  withContainerOf: (
    /** @type {string} */ _,
    /** @type {(files: typeof view) => Promise<unknown>} */ look,
  ) => look(view),
}

/**
 * A program with its input and output, as the runner of the plugin starts it.
 * @param {string} file
 * @param {string[]} args
 * @param {{ input: AsyncIterable<Uint8Array>, onOutput: (chunk: Buffer) => void }} options
 */
async function call(file, args, { input, onOutput }) {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdout.on('data', onOutput)
  const ended = new Promise((resolve) => child.on('close', resolve))
  for await (const chunk of input) {
    if (!child.stdin.write(chunk))
      await new Promise((resolve) => child.stdin.once('drain', resolve))
  }
  child.stdin.end()
  return { exit: await ended, stdout: '', stderr: '' }
}

const plugin = { name: 'persist', helperDirectory: '/helper' }
const host = { platform: { root, plugin }, runner: { read: call, write: call } }
const volume = { entry: 'v', path: '/data', owner: null }
const { changes, lines } = await followImage(host, engine, volume, image, new Date())
if (lines.length > 0) throw new Error(lines.join('\n'))
if (process.env['BENCH_VERBOSE']) console.error(changes)
