import withNuxt from './.nuxt/eslint.config.mjs'

/** Forms that plain Node cannot run by erasing types, or that hide a wrong type. */
const restricted = [
  { selector: 'TSEnumDeclaration', message: 'Use an `as const` object: enums are not erasable.' },
  { selector: 'TSModuleDeclaration[declare!=true]', message: 'Namespaces are not erasable.' },
  { selector: 'TSParameterProperty', message: 'Declare the field: parameter properties are not erasable.' },
  { selector: 'TSAsExpression > TSAsExpression > TSUnknownKeyword', message: 'A cast through unknown hides a wrong type: narrow or validate.' },
]
const noDefault = { selector: 'ExportDefaultDeclaration', message: 'Named exports only, outside the files where Nuxt wants a default.' }

const waiting = 'Fake the clock or await a frame: a sleeping test is slow when it passes and flaky when it fails.'

export default withNuxt({
  rules: {
    'max-lines': ['error', { max: 300 }],
    'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
    'no-console': ['error', { allow: ['warn', 'error'] }],
    'no-restricted-syntax': ['error', ...restricted],
    '@typescript-eslint/no-explicit-any': 'error',
    '@typescript-eslint/ban-ts-comment': 'error',
    'vue/no-v-html': 'error',
  },
}, {
  files: ['shared/**', 'client/**', 'composables/**', 'stores/**', 'server/{chat,storage,backplane,auth,utils}/**', 'cli/**', 'tests/**', 'bench/**', 'scripts/**'],
  ignores: ['tests/helpers/build.ts'], // vitest wants its global set-up as a default export
  rules: { 'no-restricted-syntax': ['error', ...restricted, noDefault] },
}, {
  // A set-up store or composable is a scope that holds functions, as a class body does; those functions have the cap of 50 each.
  files: ['stores/**', 'composables/**'],
  rules: { 'max-lines-per-function': ['error', { max: 90, skipBlankLines: true, skipComments: true }] },
}, {
  files: ['tests/**', 'bench/**'],
  rules: { 'max-lines': ['error', { max: 600 }], 'max-lines-per-function': 'off' },
}, {
  files: ['tests/**'],
  rules: {
    'no-restricted-properties': ['error',
      { object: 'vi', property: 'mock', message: 'Our own modules are never mocked: inject the environment.' },
      { object: 'vi', property: 'doMock', message: 'Our own modules are never mocked: inject the environment.' },
    ],
  },
}, {
  files: ['tests/**'],
  ignores: ['tests/{fault,e2e,helpers}/**'], // of helpers, tests/architecture.test.ts looks at those that other tests use
  rules: {
    'no-restricted-globals': ['error', { name: 'setTimeout', message: waiting }, { name: 'setInterval', message: waiting }],
    'no-restricted-imports': ['error', { paths: [{ name: 'node:timers/promises', message: waiting }, { name: 'node:timers', message: waiting }] }],
  },
}, {
  files: ['scripts/**', 'bench/**'],
  rules: { 'no-console': 'off' },
})
