import { defineVitestProject } from '@nuxt/test-utils/config'
import { defineConfig } from 'vitest/config'

/** Layers of docs/ARCHITECTURE.md 6, cheapest first. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['tests/*.test.ts', 'tests/{shared,server,client,unit,contract}/**/*.test.ts'],
        },
      },
      // Pure computation: as many workers as the two cores that the suite is made for, instead of the one that vitest would leave for them.
      { test: { name: 'sim', environment: 'node', include: ['tests/sim/**/*.test.ts'], testTimeout: 120_000, maxWorkers: 2 } },
      await defineVitestProject({
        test: {
          name: 'nuxt',
          environment: 'nuxt',
          include: ['tests/nuxt/**/*.test.ts'],
          // h3 1 is what Nitro runs on; without a word the newer h3 that a lint tool brings to the root of node_modules is taken for it.
          environmentOptions: { nuxt: { domEnvironment: 'happy-dom', h3Version: 1 } },
        },
      }),
      {
        test: {
          name: 'built',
          environment: 'node',
          include: ['tests/{fault,e2e}/**/*.test.ts'],
          globalSetup: ['tests/helpers/build.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // A person waits this long for a page; the default of one second is less than a busy machine needs to draw one.
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
})
