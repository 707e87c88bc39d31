import { defineVitestProject } from '@nuxt/test-utils/config'
import { defineConfig } from 'vitest/config'

/** Tests on the built server: child processes, real sockets, a real browser. */
const onTheBuiltServer = {
  environment: 'node',
  globalSetup: 'tests/helpers/build.ts',
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // A person waits this long for a page; the default of one second is less than a busy machine needs to draw one.
  expect: { poll: { timeout: 20_000 } },
}

const loadTests = ['tests/fault/load.test.ts', 'tests/fault/chaos.test.ts']

/** Layers of docs/ARCHITECTURE.md 6, cheapest first. Projects with another number of workers need a group of their own. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['tests/*.test.ts', 'tests/{shared,server,client,unit,contract}/**/*.test.ts'],
          // Some read the whole repository, on a machine that others share.
          testTimeout: 30_000,
        },
      },
      // Pure computation: as many workers as the two cores that the suite is made for, instead of the one that vitest would leave for them.
      { test: { name: 'sim', environment: 'node', include: ['tests/sim/**/*.test.ts'], testTimeout: 120_000, maxWorkers: 2, sequence: { groupOrder: 1 } } },
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
          ...onTheBuiltServer,
          name: 'built',
          include: ['tests/{fault,e2e,security}/**/*.test.ts'],
          exclude: loadTests,
          // Most of what they do is wait; a third at once would disturb the others on two cores.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // They take the whole machine, and measure it.
        test: { ...onTheBuiltServer, name: 'load', include: loadTests, maxWorkers: 1, sequence: { groupOrder: 3 } },
      },
    ],
  },
})
