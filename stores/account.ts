import { useEventListener } from '@vueuse/core'
import type { HttpAnswer } from '#parley/client/environment.ts'
import type { ConnectionState } from '#parley/client/types.ts'
import type { AccountResponse } from '#parley/shared/http.ts'
import type { Account } from '#parley/shared/model.ts'
import type { LogInResponse } from '#parley/shared/second-factor.ts'
import { useChatHost } from '#parley/composables/useChatHost.ts'
import { useHttp } from '#parley/composables/useHttp.ts'
import { isSharedDevice } from '#parley/shared/shared-device.ts'

/** Who is logged in, as this page knows it. */
export type LoginState
  = | { name: 'unknown' }
    | { name: 'in', account: Account }
    /** The login ended without the user asking; outbox and drafts are kept for when they log in again (A5). */
    | { name: 'ended', account: Account, reason: Extract<ConnectionState, { name: 'signed-out' }>['reason'] }
    | { name: 'out' }

/** Where the last account is remembered, so that a reload without network opens the chat. */
const storageKey = 'parley-account'

/** With whom it has blocked, so that their messages do not show up for the moment until the server has said so. */
type Remembered = Account & { blocked?: readonly string[] }

function remembered(): Remembered | undefined {
  try {
    const account = JSON.parse(localStorage.getItem(storageKey) ?? 'null') as Partial<Remembered> | null
    return typeof account?.id === 'string' && typeof account.username === 'string' ? account as Remembered : undefined
  }
  catch {
    return undefined
  }
}

/** Storage may be forbidden or full; then a reload needs the network, nothing else is lost. */
function remember(account: Remembered | undefined): void {
  try {
    if (account === undefined || isSharedDevice(document.cookie)) localStorage.removeItem(storageKey)
    else localStorage.setItem(storageKey, JSON.stringify(account))
  }
  catch { /* see above */ }
}

/** The account of this browser and its login. Only a 401 or the server's close code signs out; an unreachable server does not. */
export const useAccountStore = defineStore('account', () => {
  const host = useChatHost()
  const http = useHttp()
  const login = shallowRef<LoginState>({ name: 'unknown' })
  const blocked = shallowRef<ReadonlySet<string>>(new Set())
  const account = computed(() => login.value.name === 'in' || login.value.name === 'ended' ? login.value.account : undefined)

  /** Who they are has been told anew, or whom they have blocked. */
  function keep(known: Account): void {
    if (login.value.name === 'in' || login.value.name === 'ended') login.value = { ...login.value, account: known }
    remember(blocked.value.size > 0 ? { ...known, blocked: [...blocked.value] } : known)
  }

  function enter(entering: Account): void {
    login.value = { name: 'in', account: entering }
    if (import.meta.server) return
    keep(entering)
    host.begin(entering)
  }

  /** Finds out who is logged in, once per page: what the device remembers, else what the server says. */
  async function restore(): Promise<LoginState> {
    if (login.value.name !== 'unknown') return login.value
    const { blocked: whom, ...last } = (import.meta.server ? undefined : remembered()) ?? {}
    if (whom !== undefined) blocked.value = new Set(whom)
    if ('id' in last) enter(last)
    else {
      const answer = await http<AccountResponse>('/api/me')
      if (answer.kind === 'ok') enter(answer.value.user)
      else if (answer.kind === 'refused') login.value = { name: 'out' }
    }
    return login.value
  }

  /** One step of a log-in, by any way; not the last one where a code is missing (A11). */
  async function authenticate(path: string, body: object): Promise<HttpAnswer<LogInResponse>> {
    const answer = await http<LogInResponse>(path, { method: 'POST', body: { ...body } })
    if (answer.kind === 'ok' && 'user' in answer.value) enter(answer.value.user)
    return answer
  }

  /**
   * Logs out on the server and erases this account from the device. The socket is closed first (A5). When the server cannot be reached
   * the login would stay open there, so nothing is erased and the chat goes on.
   */
  const logOut = async (): Promise<'out' | 'unreachable'> => (await leave('/api/auth/logout')).kind === 'unreachable' ? 'unreachable' : 'out'

  /** The same by another call, which may be refused if it says something: the end of the account. */
  async function leave(path: string, body?: Record<string, unknown>): Promise<HttpAnswer<unknown>> {
    host.client.value?.stop()
    const answer = await http(path, { method: 'POST', body })
    if (answer.kind === 'unreachable' || (answer.kind === 'refused' && body !== undefined)) {
      host.client.value?.start()
      return answer
    }
    remember(undefined)
    await host.end({ erase: true })
    login.value = { name: 'out' }
    return answer
  }

  /** Takes over whoever the server says is logged in: another tab logged in as someone else (W2). The caller reloads the page. */
  async function adoptServerAccount(): Promise<void> {
    const answer = await http<AccountResponse>('/api/me')
    if (answer.kind !== 'unreachable') remember(answer.kind === 'ok' ? answer.value.user : undefined)
  }

  /** Nothing is left to show, whoever ended the login: at a shared computer (X33), or another tab that has erased what was kept. */
  function leaveNothing(): void {
    login.value = { name: 'out' }
    void host.end({ erase: false })
  }

  const stopFollowing = host.follow({
    begin(client) {
      // A client that an embedding app, or the page, brought along comes with its account.
      if (account.value?.id === client.account.id) return
      login.value = { name: 'in', account: client.account }
      if (import.meta.client) remember(client.account)
    },
    change(change, client) {
      const known = account.value
      if (change.type === 'blocked') blocked.value = new Set(change.users)
      const self = change.type === 'users' ? change.users.find(user => user.id === known?.id) : undefined
      if (known !== undefined && (self !== undefined || change.type === 'blocked')) keep(self === undefined ? known : { ...self, role: known.role })
      if (change.type !== 'connection') return
      if (change.state.name === 'signed-out' && isSharedDevice(document.cookie)) leaveNothing()
      else if (change.state.name === 'signed-out') login.value = { name: 'ended', account: client.account, reason: change.state.reason }
      else if (change.state.name === 'online') login.value = { name: 'in', account: known?.id === client.account.id ? known : client.account }
    },
    end: () => { blocked.value = new Set() },
  })
  onScopeDispose(stopFollowing)

  if (import.meta.client) {
    // Another tab logged out: what this device kept of the account is erased already.
    useEventListener(window, 'storage', (event: StorageEvent) => {
      if (event.key === storageKey && event.newValue === null) leaveNothing()
    })
  }

  return {
    login: computed(() => login.value),
    account,
    /** Ids of the users whom the account has blocked. */
    blocked: computed(() => blocked.value),
    restore,
    authenticate,
    logOut,
    leave,
    adoptServerAccount,
  }
})
