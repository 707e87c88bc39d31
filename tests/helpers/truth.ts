import type { Account, ConversationSummary, LogEvent } from '#parley/shared/model.ts'
import type { HttpClient } from '#parley/tests/helpers/http-client.ts'
import type { Truth } from '#parley/tests/helpers/sim/oracle.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'

export type User = HttpClient & { account: Account }

/** The whole log of a conversation, as a bot would read it (Y1). */
async function readLog(user: HttpClient, conversation: string): Promise<LogEvent[]> {
  const socket = await connect(user)
  const log: LogEvent[] = []
  for (let more = true; more;) {
    socket.send({ type: 'sync', ref: `log-${log.length}`, conversation, after: log.length, whole: true })
    const page = await socket.next('page', frame => frame.ref === `log-${log.length}`)
    log.push(...page.events)
    more = page.more
  }
  await socket.close()
  return log
}

/** What really is, asked of the server over its public interface. */
export async function readTruth(users: readonly HttpClient[], conversations: readonly string[]): Promise<Truth> {
  const logs = new Map<string, LogEvent[]>()
  const members = new Map<string, Map<string, { unread: number, readSeq: number }>>()
  for (const user of users as readonly User[]) {
    const { conversations: own } = await user.need<{ conversations: ConversationSummary[] }>('GET', '/api/conversations')
    members.set(user.account.id, new Map(own.map(({ id, unread, readSeq }) => [id, { unread, readSeq }])))
    for (const id of conversations) if (!logs.has(id) && own.some(entry => entry.id === id)) logs.set(id, await readLog(user, id))
  }
  return { logs, members }
}
