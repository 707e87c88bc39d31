import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** Loaded into a process before its program: kills it, as power loss or `kill -9` would, before its n-th change of the file system. */

const last = Number(process.env['PARLEY_DIE_AT'])
const steps: string[] = []

for (const name of ['mkdir', 'rename', 'rm', 'writeFile'] as const) {
  const real = promises[name]
  Object.assign(promises, {
    [name](...args: unknown[]) {
      steps.push(name)
      if (steps.length === last) process.kill(process.pid, 'SIGKILL')
      return Reflect.apply(real, promises, args)
    },
  })
}
syncBuiltinESMExports()
