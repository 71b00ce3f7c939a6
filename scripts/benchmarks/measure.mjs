// What all benchmarks share: ways to do the same thing, run one after another in turns, so that what
// else the machine does meets all of them alike. The ratio of medians is what lasts.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * @typedef {object} DirectoryWalker
 * @property {string} name
 * @property {() => Promise<unknown> | unknown} run what is timed
 * @property {() => Promise<unknown> | unknown} [before] what has to be so before, not timed
 */

const median = (/** @type {number[]} */ numbers) =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN

const milliseconds = (/** @type {number} */ ms) =>
  ms < 10_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`

async function time(/** @type {DirectoryWalker} */ way) {
  await way.before?.()
  const start = performance.now()
  await way.run()
  return performance.now() - start
}

/**
 * Runs ways in turns and prints each one's median and range, and its ratio to the first.
 * @param {string} title
 * @param {number} rounds
 * @param {readonly [DirectoryWalker, ...DirectoryWalker[]]} ways the first is what the others are compared with
 */
export async function compare(title, rounds, ways) {
  const times = ways.map(() => /** @type {number[]} */ ([]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, way] of ways.entries()) times[index]?.push(await time(way))
  }
  console.log(`=====> ${title} (${rounds} rounds, in turns)`)
  const base = median(times[0] ?? [])
  for (const [index, way] of ways.entries()) {
    const own = times[index] ?? []
    const range = `${milliseconds(Math.min(...own))} to ${milliseconds(Math.max(...own))}`
    const ratio = (median(own) / base).toFixed(2)
    console.log(
      `       ${way.name.padEnd(44)} ${milliseconds(median(own)).padStart(10)}  ratio ${ratio}  (${range})`,
    )
  }
}

/** The most memory that a process has had so far, in bytes; 0 once it is gone. */
function peakMemory(/** @type {number} */ pid) {
  try {
    const [, kilobytes] =
      /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) * 1024 || 0
  } catch {
    return 0
  }
}

/**
 * Runs a program to its end. Gives back the most memory it was seen with, looked at every 20 ms.
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>}
 */
export function run([file = '', ...args], env = process.env) {
  return new Promise((done, failed) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    let peak = 0
    const watch = setInterval(() => (peak = Math.max(peak, peakMemory(child.pid ?? 0))), 20)
    child.on('error', failed)
    child.on('close', (exit) => {
      clearInterval(watch)
      if (exit === 0) done(peak)
      else failed(new Error(`${file} ${args.join(' ')} ended with ${exit}`))
    })
  })
}
