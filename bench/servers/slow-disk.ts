import { DatabaseSync, StatementSync } from 'node:sqlite'

/**
 * Loaded into a server (`--import`, which its worker threads inherit): every SQLite commit takes PARLEY_BENCH_SLOW_COMMIT ms more, in
 * the thread that makes it, as fsync does on a slower disk. So the production build itself is measured, and every system alike.
 */
const pause = Number(process.env['PARLEY_BENCH_SLOW_COMMIT'] ?? 0)
const never = new Int32Array(new SharedArrayBuffer(4))
const wait = (): void => void Atomics.wait(never, 0, 0, pause)
const commits = (sql: string): boolean => /^\s*(commit|end)\b/i.test(sql)

const { exec } = DatabaseSync.prototype
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
  exec.call(this, sql)
  if (commits(sql)) wait()
}

const { run } = StatementSync.prototype
type Run = typeof run
StatementSync.prototype.run = function (this: StatementSync, ...parameters: Parameters<Run>) {
  const result = run.apply(this, parameters)
  if (writesAtOnce(this)) wait()
  return result
} as Run

/** `commit` itself, or the one write of a transaction of its own. */
function writesAtOnce(statement: StatementSync): boolean {
  return commits(statement.sourceSQL)
}
