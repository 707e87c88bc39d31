import type { CDPSession } from 'playwright-core'

interface ProfileNode { id: number, callFrame: { functionName: string, url: string, lineNumber: number }, children?: number[] }
interface CpuProfile { nodes: ProfileNode[], samples?: number[], timeDeltas?: number[] }

/** One function of a profile: ms in itself, and with what it called. */
export interface Cost { name: string, self: number, total: number }

/** Where the script time of a page goes while `act` runs, the most costly first. Names are only readable on a build without minification. */
export async function profiled(devtools: CDPSession, act: () => Promise<void>): Promise<Cost[]> {
  await devtools.send('Profiler.enable')
  await devtools.send('Profiler.setSamplingInterval', { interval: 200 })
  await devtools.send('Profiler.start')
  await act()
  const { profile } = await devtools.send('Profiler.stop')
  await devtools.send('Profiler.disable')
  return costsOf(profile)
}

function costsOf({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Cost[] {
  const self = new Map<number, number>()
  samples.forEach((id, index) => self.set(id, (self.get(id) ?? 0) + (timeDeltas[index] ?? 0) / 1_000))
  const byId = new Map(nodes.map(node => [node.id, node]))
  const costs = new Map<string, Cost>()
  const nameOf = ({ callFrame: { functionName, url, lineNumber } }: ProfileNode) => `${functionName || '(anonymous)'} ${url.split('/').at(-1) ?? ''}:${lineNumber + 1}`
  /** @returns ms of the node with all below; a function that calls itself counts once */
  const walk = (id: number, above: ReadonlySet<string>): number => {
    const node = byId.get(id)!
    const name = nameOf(node)
    const own = self.get(id) ?? 0
    const within = new Set(above).add(name)
    const total = own + (node.children ?? []).reduce((sum, child) => sum + walk(child, within), 0)
    const cost = costs.get(name) ?? { name, self: 0, total: 0 }
    cost.self += own
    if (!above.has(name)) cost.total += total
    costs.set(name, cost)
    return total
  }
  if (nodes[0] !== undefined) walk(nodes[0].id, new Set())
  return [...costs.values()].sort((a, b) => b.self - a.self)
}
