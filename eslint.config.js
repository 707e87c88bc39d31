import withNuxt from './.nuxt/eslint.config.mjs'

export default withNuxt({
  rules: {
    'max-lines': ['error', { max: 300 }],
    'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
    '@typescript-eslint/no-explicit-any': 'error',
  },
}, {
  files: ['tests/**', 'bench/**'],
  rules: { 'max-lines': ['error', { max: 600 }], 'max-lines-per-function': 'off' },
})
