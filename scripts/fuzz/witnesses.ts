import { setTimeout } from 'node:timers/promises'
import { HeadlessClient } from '#parley/tests/helpers/headless-client.ts'
import { createOracle } from '#parley/tests/helpers/sim/oracle.ts'
import { readTruth } from '#parley/tests/helpers/truth.ts'
import type { User } from '#parley/tests/helpers/truth.ts'

/** People who talk while others attack the server, and notice nothing of it. */
export interface Witnesses {
  /** Ends the conversation. @returns how many messages there were, and everything that anybody saw that was wrong */
  finish(): Promise<{ messages: number, faults: string[] }>
  dispose(): void
}

/** Ms between two messages of one of them. */
const pace = 400

export async function seatWitnesses(origin: string, users: readonly User[], room: string): Promise<Witnesses> {
  const oracle = createOracle()
  const pages: HeadlessClient[] = []
  for (const { account, cookie } of users) {
    const page = await HeadlessClient.start({ origin, account, cookie, oracle })
    pages.push(page)
    await page.untilOnline()
    page.open(room)
  }
  let over = false
  let messages = 0
  const talks = pages.map(async (page, place) => {
    while (!over) {
      page.say(room, `${place}: message ${++messages}`)
      await setTimeout(pace)
    }
  })
  return {
    async finish() {
      over = true
      await Promise.all(talks)
      for (const page of pages) await page.until(() => page.client.pending() === 0, 'an answer to everything')
      const truth = await readTruth(users, [room])
      const head = truth.logs.get(room)?.length ?? 0
      for (const page of pages) {
        await page.until(() => page.client.conversation(room)?.head === head, 'agreement with the log')
        page.finish()
      }
      const waits = pages.flatMap(page => page.waits().map(({ cause }) => `${page.account.username} lost the connection: ${cause}`))
      return { messages, faults: [...oracle.judge(truth), ...waits] }
    },
    dispose() {
      for (const page of pages) page.dispose()
    },
  }
}
