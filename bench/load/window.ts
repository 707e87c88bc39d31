import type { LoadResult, Percentiles } from '#parley/bench/load/commands.ts'
import type { Histogram } from '#parley/bench/measure/histogram.ts'
import { cpuOf } from '#parley/bench/measure/process-usage.ts'

/** Counters that a window measures by their difference. */
export interface Counters { messages: number, deliveries: number }

/** Begins to measure; the call that it returns ends it. */
export function openWindow(serverPid: number, counters: () => Counters): () => LoadResult {
  const started = performance.now()
  const before = { ...counters(), server: cpuOf(serverPid), own: process.cpuUsage() }
  return () => {
    const { messages, deliveries } = counters()
    const own = process.cpuUsage(before.own)
    return {
      seconds: (performance.now() - started) / 1000,
      messages: messages - before.messages,
      deliveries: deliveries - before.deliveries,
      serverCpuMs: cpuOf(serverPid) - before.server,
      ownCpuMs: (own.user + own.system) / 1000,
    }
  }
}

export const percentilesOf = (histogram: Histogram): Percentiles =>
  ({ p50: histogram.percentile(0.5), p99: histogram.percentile(0.99), max: histogram.max })
