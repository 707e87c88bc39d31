import { parentPort, workerData } from 'node:worker_threads'
import { runThread } from '#parley/server/storage/sqlite/worker/run-thread.ts'

/**
 * What a test build runs in the threads of the store instead of server/storage/sqlite/worker/entry.ts. `PARLEY_STORE_FAILPOINT`: a slow
 * disk, `slow=3` (ms more for each commit); or the end of the writer after its n-th commit and before its answers, `throw:2`, `exit:2`.
 */
const [action = '', argument = '0'] = (process.env['PARLEY_STORE_FAILPOINT'] ?? '').split(/[=:]/)
const pillow = new Int32Array(new SharedArrayBuffer(4))
let commits = 0

function onCommit(): void {
  commits++
  if (action === 'slow') Atomics.wait(pillow, 0, 0, Number(argument))
  if (commits !== Number(argument)) return
  if (action === 'throw') throw new Error('failpoint of the store')
  if (action === 'exit') process.exit(3)
}

if (parentPort) await runThread(parentPort, workerData, { onCommit })
