import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/**
 * Loaded into every server under test before its own code (`--import`), the built Parley included: the same instruments for all. A
 * timer of 10 ms is all it costs. The parent asks over the channel that it gave.
 */
interface Told { heapUsed: number, resident: number, loopDelay: { p50: number, p99: number, max: number } }

const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - 10)

function install(): void {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const tell = (): Told => {
    // With --expose-gc. Garbage is no memory of a connection, and neither is the room that a burst of connecting left in the heap, half as
    // much as the connections themselves: a plain collection keeps that, and how much it is depends on when the last one came.
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    const { heapUsed, rss } = process.memoryUsage()
    return { heapUsed, resident: rss, loopDelay: { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) } }
  }
  process.on('message', (message) => {
    if (message === 'reset') delay.reset()
    // Only for a profile, which is written at the exit.
    if (message === 'exit') process.exit(0)
    if (message === 'tell') process.send?.({ told: tell() })
  })
  // The channel must not keep a server alive that wants to end.
  process.channel?.unref()
}

// Worker threads inherit preloads; they have no channel.
if (isMainThread) install()
