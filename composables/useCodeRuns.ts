import { languageOf } from '#parley/composables/highlight/code-languages.ts'
import type { CodeRun } from '#parley/composables/highlight/code-runs.ts'
import { Highlighter } from '#parley/composables/highlight/highlighter.ts'

/** Tells the service worker, whose page cannot see what a thread loads. */
const keepOffline = (urls: readonly string[]): void => navigator.serviceWorker?.controller?.postMessage({ type: 'loaded', urls })

function createHighlighter(): Highlighter {
  return new Highlighter({
    start: () => new Worker(new URL('./highlight/highlight-worker.ts', import.meta.url), { type: 'module' }),
    timer(task, ms) {
      const timer = setTimeout(task, ms)
      return () => clearTimeout(timer)
    },
    loaded: keepOffline,
  })
}

/** One for all code blocks of a page; made with the first one. */
const shared = new Map<'page', Highlighter>()

function pageHighlighter(): Highlighter {
  const known = shared.get('page') ?? createHighlighter()
  shared.set('page', known)
  return known
}

/** What a code consists of, as soon as that is found out; undefined until then, and for languages that are not known. */
export function useCodeRuns(code: () => string, language: () => string, highlighter = pageHighlighter) {
  const runs = shallowRef<CodeRun[]>()
  let cancel: (() => void) | undefined
  function look(): void {
    cancel?.()
    const known = languageOf(language())
    runs.value = known === undefined ? undefined : highlighter().runsOf(code(), known)
    if (known !== undefined && runs.value === undefined) cancel = highlighter().request(code(), known, (found) => {
      runs.value = found
    })
  }
  // In the browser only: what a server renders is the plain code, and the first look of the page is the same.
  onMounted(look)
  watch([code, language], look)
  onBeforeUnmount(() => cancel?.())
  return runs
}
