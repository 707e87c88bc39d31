import { setTimeout } from 'node:timers/promises'

/** Where a test build can be made to fail. Answers and pushes of a commit begin in one turn, so what is after the commit is before both. */
export type FailpointName = 'before-commit' | 'after-commit' | 'before-heads'

interface Failpoint { name: string, action: string, argument: number, pass: number | undefined }

/** `after-commit:kill:3`, `before-heads:delay=500`: name, action and, if it is not to be at every pass, at which. */
function parse(text: string): Failpoint {
  const [name = '', what = '', pass] = text.split(':')
  const [action = '', argument = '0'] = what.split('=')
  return { name, action, argument: Number(argument), pass: pass === undefined ? undefined : Number(pass) }
}

/** The failpoints of this process, from `PARLEY_FAILPOINTS`, separated by commas. */
export function createFailpoints(setting = process.env['PARLEY_FAILPOINTS'] ?? ''): (name: FailpointName) => Promise<void> {
  const points = setting.split(',').filter(text => text !== '').map(parse)
  const passes = new Map<string, number>()
  return async (name) => {
    const pass = (passes.get(name) ?? 0) + 1
    passes.set(name, pass)
    for (const point of points) {
      if (point.name !== name || (point.pass !== undefined && point.pass !== pass)) continue
      if (point.action === 'kill') process.kill(process.pid, 'SIGKILL')
      if (point.action === 'kill' || point.action === 'hang') await new Promise<never>(() => {})
      if (point.action === 'throw') throw new Error(`failpoint ${name}`)
      await setTimeout(point.argument)
    }
  }
}
