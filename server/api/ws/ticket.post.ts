import { setStatus } from '#parley/server/utils/request-event.ts'
import { spend } from '#parley/server/utils/allowance.ts'
import { accountHandler } from '#parley/server/utils/api-handler.ts'
import { useParley } from '#parley/server/utils/chat.ts'
import { refusal } from '#parley/server/utils/http-refusal.ts'
import type { TicketResponse } from '#parley/shared/http.ts'
import { timing } from '#parley/shared/protocol/index.ts'

/** A single-use token that opens one socket (A1). */
export default accountHandler((event, caller): TicketResponse => {
  spend('tickets', caller.account.id)
  const token = useParley().tickets.mint(caller)
  if (token === undefined) throw refusal('unauthenticated')
  setStatus(event, 201)
  return { token, expiresIn: timing.ticketAge / 1000 }
})
