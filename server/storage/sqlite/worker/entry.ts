import { parentPort, workerData } from 'node:worker_threads'
import { runThread } from '#parley/server/storage/sqlite/worker/run-thread.ts'

/** First module of each thread of the store. */
if (parentPort) await runThread(parentPort, workerData)
