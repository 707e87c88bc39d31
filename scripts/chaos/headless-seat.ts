import type { ClientStorage } from '#parley/client/environment.ts'
import { HeadlessClient } from '#parley/tests/helpers/headless-client.ts'
import type { HeadlessOptions } from '#parley/tests/helpers/headless-client.ts'
import type { Books, Seat } from '#parley/scripts/chaos/seat.ts'

/** A device that runs the real client core without a browser. */
export async function openHeadlessSeat(name: string, conversations: readonly string[], books: Books, options: Omit<HeadlessOptions, 'oracle' | 'device'>): Promise<Seat> {
  const network = { up: true }
  let leaving = false
  const begin = async (storage?: ClientStorage) => {
    const page = await HeadlessClient.start({
      ...options, oracle: books.oracle, device: name, ...(storage === undefined ? {} : { storage }), environment: () => ({ online: () => network.up }),
    })
    for (const conversation of conversations) page.open(conversation)
    return page
  }
  let page = await begin()
  return {
    name,
    account: options.account.id,
    get usable() { return !leaving },
    get online() { return page.online },
    get pending() { return page.client.pending() },
    snapshot: conversation => page.client.timeline(conversation),
    async press(op) {
      page.press(op)
    },
    async show(conversation) {
      page.open(conversation)
    },
    async read(conversation, seq) {
      page.client.markRead(conversation, seq)
    },
    async reload() {
      leaving = true
      page = await begin(await page.leave())
      leaving = false
    },
    async setOnline(online) {
      network.up = online
      page.environment.signal(online ? 'online' : 'offline')
    },
    async freeze() {},
    async view() {
      return page.view()
    },
    async finish() {
      page.finish()
    },
    async dispose() {
      page.dispose()
    },
  }
}
