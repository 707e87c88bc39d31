import type { Page } from 'playwright-core'

/** How many ops the disk of the device holds: what is not there a crash may take. */
export const opsOnDisk = (page: Page): Promise<number> => page.evaluate(() => new Promise<number>((resolve, reject) => {
  const opening = indexedDB.open('parley')
  opening.onerror = () => reject(new Error('cannot open'))
  opening.onsuccess = () => {
    const database = opening.result
    const counting = database.transaction('ops').objectStore('ops').count()
    counting.onsuccess = () => {
      database.close()
      resolve(counting.result)
    }
  }
}))
