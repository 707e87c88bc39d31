import { codeRuns } from '#parley/composables/highlight/code-grammar.ts'
import type { CodeLanguage } from '#parley/composables/highlight/code-languages.ts'
import type { WorkerAnswer } from '#parley/composables/highlight/highlighter.ts'

/** A thread that finds out what code consists of: a grammar may take long over a long text, and the page must not wait for it. */
self.addEventListener('message', async ({ data }: MessageEvent<{ id: number, code: string, language: CodeLanguage }>) => {
  const { id, code, language } = data
  const runs = await codeRuns(code, language).catch(() => undefined)
  // What this thread has loaded, so that it is there offline too.
  const loaded = [self.location.href, ...performance.getEntriesByType('resource').map(entry => entry.name)]
  performance.clearResourceTimings()
  const answer: WorkerAnswer = { id, runs, loaded }
  self.postMessage(answer)
})
