import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Histogram } from '#parley/bench/measure/histogram.ts'
import { freshFolder } from '#parley/bench/systems/child.ts'

/** Ms of one write of a page with fdatasync, median, on the disk that the servers use, now. */
export async function fsyncTime(): Promise<number> {
  const folder = await freshFolder()
  const file = await open(join(folder.path, 'fsync'), 'w')
  const page = Buffer.alloc(4096, 1)
  const times = new Histogram()
  try {
    for (let turn = 0; turn < 100; turn++) {
      await file.write(page)
      const started = performance.now()
      await file.datasync()
      times.record(performance.now() - started)
    }
    return times.percentile(0.5)
  }
  finally {
    await file.close()
    await folder.remove()
  }
}
