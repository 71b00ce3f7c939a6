import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { SkippedReporter } from './scripts/test-skipped.mjs'

// .ci/run reads the results of the same command that people run.
const report = process.env['TEST_REPORT']

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    testTimeout: 30_000,
    // By default one core is left free: with two cores half of the time would be lost.
    maxWorkers: Math.max(2, availableParallelism()),
    reporters: ['default', ...(report ? ['json'] : []), new SkippedReporter()],
    ...(report ? { outputFile: { json: report } } : {}),
  },
})
