import { expect, it } from 'vitest'
import { accountsContract } from '#parley/tests/contract/accounts.contract.ts'
import { administrationContract } from '#parley/tests/contract/administration.contract.ts'
import { appendContract } from '#parley/tests/contract/append.contract.ts'
import { attachmentsContract } from '#parley/tests/contract/attachments.contract.ts'
import { conversationsContract } from '#parley/tests/contract/conversations.contract.ts'
import { firstPaintContract } from '#parley/tests/contract/first-paint.contract.ts'
import { historyContract } from '#parley/tests/contract/history.contract.ts'
import { hooksContract } from '#parley/tests/contract/hooks.contract.ts'
import { invitesContract } from '#parley/tests/contract/invites.contract.ts'
import { logInsContract } from '#parley/tests/contract/log-ins.contract.ts'
import { moderationContract } from '#parley/tests/contract/moderation.contract.ts'
import { pagesContract } from '#parley/tests/contract/pages.contract.ts'
import { peopleContract } from '#parley/tests/contract/people.contract.ts'
import { pushContract } from '#parley/tests/contract/push.contract.ts'
import { readingContract } from '#parley/tests/contract/reading.contract.ts'
import { searchContract } from '#parley/tests/contract/search.contract.ts'
import { secondFactorContract } from '#parley/tests/contract/second-factor.contract.ts'
import type { OpenStore } from '#parley/tests/contract/world.ts'

/** What every store does; run over each adapter. */
export function storeContract(open: OpenStore): void {
  appendContract(open)
  pagesContract(open)
  historyContract(open)
  conversationsContract(open)
  searchContract(open)
  readingContract(open)
  attachmentsContract(open)
  hooksContract(open)
  invitesContract(open)
  peopleContract(open)
  pushContract(open)
  firstPaintContract(open)
  accountsContract(open)
  logInsContract(open)
  secondFactorContract(open)
  moderationContract(open)
  administrationContract(open)

  it('[W4] has an epoch that stays, other than that of another store', async () => {
    const [first, second] = [await open(), await open()]
    expect(await first.epoch()).toBe(await first.epoch())
    expect(await first.epoch()).not.toBe(await second.epoch())
  })

  it('is ready when new', async () => {
    expect(await (await open()).ready()).toBe(true)
  })
}
