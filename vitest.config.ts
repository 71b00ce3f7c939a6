import { defineConfig } from 'vitest/config'
import { SkippedReporter } from './test/support/skipped-reporter'

// .ci/run reads the results of the same command that people run.
const report = process.env['TEST_REPORT']

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    testTimeout: 30_000,
    reporters: ['default', ...(report ? ['json'] : []), new SkippedReporter()],
    ...(report ? { outputFile: { json: report } } : {}),
  },
})
