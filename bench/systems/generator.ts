import { join } from 'node:path'
import type { Command, FinishResult, LoadResult, Reply, Setup } from '#parley/bench/load/commands.ts'
import { cores, startChild } from '#parley/bench/systems/child.ts'

/** The load generator as the bench sees it. */
export interface Generator {
  load(command: Exclude<Command, { do: 'finish' }>): Promise<LoadResult>
  finish(): Promise<FinishResult>
  stop(): Promise<void>
}

const file = join(import.meta.dirname, '..', 'load', 'generator.ts')

/** Starts the generator on its own core. */
export function startGenerator(setup: Setup): Generator {
  const child = startChild(file, [], { core: cores.generator })
  child.process.send({ setup })
  const run = async (command: Command): Promise<LoadResult | FinishResult> => {
    const reply = child.message(message => message as Reply)
    child.process.send({ command })
    const answer = await reply
    if (!answer.ok) throw new Error(`${command.do}: ${answer.error}`)
    return answer.result
  }
  return {
    load: async command => await run(command) as LoadResult,
    finish: async () => await run({ do: 'finish' }) as FinishResult,
    stop: () => child.stop(),
  }
}
