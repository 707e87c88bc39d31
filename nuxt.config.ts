import tailwindcss from '@tailwindcss/vite'

export default defineNuxtConfig({
  modules: ['@pinia/nuxt', '@nuxtjs/i18n', 'nuxt-auth-utils', '@nuxt/eslint', 'unplugin-icons/nuxt'],
  // Messages reach the browser as text, and i18n/message-compiler.ts compiles them there. In development and tests they come compiled.
  $production: { i18n: { bundle: { compositionOnly: true, runtimeOnly: true, dropMessageCompiler: true } } },
  components: [{ path: 'components', pathPrefix: false }],
  devtools: { enabled: false },
  app: {
    head: {
      meta: [
        // Into the corners of a phone, and smaller rather than covered when the soft keyboard opens (U-L3).
        { name: 'viewport', content: 'width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content' },
        { name: 'color-scheme', content: 'light dark' },
        { name: 'theme-color', content: '#fdfcfa', media: '(prefers-color-scheme: light)' },
        { name: 'theme-color', content: '#151918', media: '(prefers-color-scheme: dark)' },
      ],
      link: [
        { key: 'icon', rel: 'icon', type: 'image/svg+xml', href: '/favicon.svg' },
        { rel: 'manifest', href: '/manifest.webmanifest' },
        { rel: 'apple-touch-icon', href: '/icons/apple-touch-icon.png' },
      ],
    },
  },
  css: ['#parley/assets/css/main.css'],
  // Every NUXT_… variable of docs/ARCHITECTURE.md; empty means the default that server/plugins/chat.ts gives it.
  runtimeConfig: {
    dataDir: '.data',
    databaseUrl: '',
    redisUrl: '',
    sessionPassword: '',
    allowedOrigins: '',
    registration: 'open',
    trustProxy: 'loopback',
    rateLimit: 20,
    maxConnections: 10_000,
    maxConnectionsPerUser: 20,
    maxConnectionsPerIp: 100,
    uploadLimit: 100,
    uploadQuota: 2048,
    s3Endpoint: '',
    s3Bucket: '',
    s3Region: '',
    s3AccessKeyId: '',
    s3SecretAccessKey: '',
    s3Prefix: '',
    vapidPrivateKey: '',
    vapidSubject: '',
    pushLoopback: false,
    logLevel: 'info',
    oidcIssuer: '',
    oidcClientId: '',
    oidcClientSecret: '',
    oidcScopes: '',
    oidcLabel: '',
    oidcUsernameClaim: '',
    oidcCreate: true,
    oidcOnly: false,
    hostTokenSecret: '',
    hostTokenJwks: '',
    hostTokenIssuer: '',
    hostTokenAudience: '',
    guests: 'off',
    guestDays: 7,
    logFormat: '',
    metricsToken: '',
  },
  routeRules: {
    // What a service worker may keep: the page of the chat without anybody's messages (X33).
    '/shell': { ssr: false },
    '/settings/**': { ssr: false },
    '/_nuxt/**': { headers: { 'cache-control': 'public, max-age=31536000, immutable' } },
  },
  // Off: it tells a page of a newer build, which the service worker and close code 4505 do here, and its file is missing in fresh clones' tests.
  experimental: { appManifest: false, componentIslands: false, payloadExtraction: false, navigationRepaint: false },
  compatibilityDate: '2026-10-01',
  nitro: {
    // Top-level await in server plugins: the server listens only when the store is ready.
    esbuild: { options: { target: 'es2022' } },
    rollupConfig: { external: ['node:sqlite'] },
    compressPublicAssets: { brotli: true, gzip: true },
  },
  // Nothing here is written in the options API, neither ours nor what we use: 2 KiB of each first load.
  vite: {
    plugins: [tailwindcss()],
    vue: { features: { optionsAPI: false } },
    // The thread that colours code loads the grammar that it needs, and no other.
    worker: { format: 'es' },
    // Found only when a page asks for them, they would reload every open page of a new clone in its first minutes.
    optimizeDeps: {
      include: [
        '@simplewebauthn/browser', '@vueuse/core', 'highlight.js/lib/core', 'highlight.js/lib/languages/bash', 'highlight.js/lib/languages/c', 'highlight.js/lib/languages/cpp',
        'highlight.js/lib/languages/csharp', 'highlight.js/lib/languages/css', 'highlight.js/lib/languages/diff',
        'highlight.js/lib/languages/dockerfile', 'highlight.js/lib/languages/go', 'highlight.js/lib/languages/ini',
        'highlight.js/lib/languages/java', 'highlight.js/lib/languages/javascript', 'highlight.js/lib/languages/json',
        'highlight.js/lib/languages/kotlin', 'highlight.js/lib/languages/lua', 'highlight.js/lib/languages/makefile',
        'highlight.js/lib/languages/markdown', 'highlight.js/lib/languages/php', 'highlight.js/lib/languages/powershell',
        'highlight.js/lib/languages/python', 'highlight.js/lib/languages/ruby', 'highlight.js/lib/languages/rust', 'highlight.js/lib/languages/scss',
        'highlight.js/lib/languages/sql', 'highlight.js/lib/languages/swift', 'highlight.js/lib/languages/typescript',
        'highlight.js/lib/languages/xml', 'highlight.js/lib/languages/yaml', 'idb', 'micromark', 'micromark-extension-cjk-friendly',
        'micromark-extension-cjk-friendly-gfm-strikethrough', 'reka-ui', 'uqr', 'uuid', 'valibot',
      ],
    },
  },
  telemetry: false,
  hooks: {
    'nitro:config'(config) {
      // Said here and not under `nitro`: seeing it there, nuxt-auth-utils would set a session cookie on every answer, assets included.
      config.experimental = { ...config.experimental, websocket: true }
    },
  },
  auth: { loadStrategy: 'none' },
  eslint: { config: { stylistic: true } },
  i18n: {
    strategy: 'no_prefix',
    defaultLocale: 'en',
    langDir: 'locales',
    locales: [
      { code: 'en', language: 'en', name: 'English', files: ['en/common.json', 'en/timeline.json'] },
      { code: 'zh-CN', language: 'zh-CN', name: '简体中文', files: ['zh-CN/common.json', 'zh-CN/timeline.json'] },
    ],
    detectBrowserLanguage: { useCookie: true, cookieKey: 'parley-locale', redirectOn: 'all' },
    compilation: { strictMessage: true },
    bundle: { compositionOnly: true },
  },
  pinia: { storesDirs: ['stores'] },
})
