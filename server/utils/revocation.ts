import { useParley } from '#parley/server/utils/chat.ts'

/** Ends what hangs on logins that were revoked in the store: unused tickets first, then sockets, on every node (A5). */
export function endLogins(user: string, logins: readonly string[]): void {
  const { tickets, chat } = useParley()
  for (const login of logins) {
    tickets.revoke({ login })
    chat.revoke(user, { login })
  }
}

/** The same for an account that has ended: its sockets close 4504, with nothing left to log in to. */
export function endAccount(user: string): void {
  const { tickets, chat } = useParley()
  tickets.revoke({ user })
  chat.revoke(user, {})
}

/** The same for a user who was disabled: every socket closes 4503. */
export function endUser(user: string): void {
  const { tickets, chat } = useParley()
  tickets.revoke({ user })
  chat.revoke(user, { disabled: true })
}
