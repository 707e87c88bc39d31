import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { ServerProcess } from '#parley/tests/helpers/server-process.ts'

/** How a server fares while it is attacked. */
export interface Watch {
  /** Ends it. @returns MiB of resident memory over time, open files over time, and the longest wait (ms) for a sign of life */
  stop(): Promise<{ memory: number[], files: number[], slowest: number, faults: string[] }>
}

/** Ms between two looks. */
const lookEvery = 500
/** Ms in which a server that is busy with nonsense must give a sign of life, on a machine that does other things too. */
const patience = 10_000

const residentMiB = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

export function watchServer(server: ServerProcess): Watch {
  const result: Awaited<ReturnType<Watch['stop']>> = { memory: [], files: [], slowest: 0, faults: [] }
  let over = false
  const look = async (): Promise<void> => {
    const begun = performance.now()
    const answer = await fetch(`${server.url}/api/health`, { signal: AbortSignal.timeout(patience) })
    if (answer.status !== 200) result.faults.push(`/api/health: ${answer.status}`)
    result.slowest = Math.max(result.slowest, Math.round(performance.now() - begun))
    result.memory.push(Math.round(residentMiB(server.pid)))
    result.files.push(readdirSync(`/proc/${server.pid}/fd`).length)
  }
  const run = async (): Promise<void> => {
    while (!over) {
      await look().catch((error: unknown) => void result.faults.push(`no sign of life: ${String(error)}`))
      if (result.faults.length > 5) return
      await setTimeout(lookEvery)
    }
  }
  const running = run()
  return {
    async stop() {
      over = true
      await running
      return result
    },
  }
}

/** Reads series of /metrics. */
export async function readSeries(server: ServerProcess): Promise<Map<string, number>> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return new Map([...text.matchAll(/^(\w[^ #]*) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]))
}
