import type { NoticeCode } from '#parley/client/types.ts'
import type { StoreStatus } from '#parley/shared/protocol/index.ts'
import { useChatHost } from '#parley/composables/useChatHost.ts'

/** A short word to the user; `key` is a message of the locale files, `values` fill it. */
export interface Notice {
  id: number
  key: string
  values?: Record<string, string | number>
  tone: 'info' | 'warn'
  /** Stays until closed or acted upon; the others go by themselves. */
  sticky: boolean
  action?: 'reload'
}

const ofClient: Record<Exclude<NoticeCode, 'other_account'>, Omit<Notice, 'id'>> = {
  device_storage_unavailable: { key: 'notice.deviceStorageUnavailable', tone: 'warn', sticky: true },
  device_storage_full: { key: 'notice.deviceStorageFull', tone: 'warn', sticky: true },
  history_reset: { key: 'notice.historyReset', tone: 'info', sticky: true },
  removed: { key: 'notice.removed', tone: 'info', sticky: false },
  update_available: { key: 'notice.updateAvailable', tone: 'info', sticky: true, action: 'reload' },
}

/** What the interface has to tell beside the conversation: toasts, and the state of the server's store. */
export const useNoticesStore = defineStore('notices', () => {
  const host = useChatHost()
  const notices = shallowRef<readonly Notice[]>([])
  const storeStatus = shallowRef<StoreStatus>('ok')
  /** Another account is logged in in this browser (W2); the page has to be left. */
  const foreignAccount = shallowRef(false)
  let lastId = 0

  function dismiss(id: number): void {
    notices.value = notices.value.filter(notice => notice.id !== id)
  }

  /** The same word is not said twice at once. @returns its id */
  function tell(notice: Omit<Notice, 'id'>): number {
    notices.value = [...notices.value.filter(other => other.key !== notice.key), { ...notice, id: ++lastId }]
    return lastId
  }

  const stopFollowing = host.follow({
    change(change) {
      if (change.type === 'store-status') storeStatus.value = change.status
      else if (change.type === 'connection' && change.state.name !== 'online') storeStatus.value = 'ok'
      else if (change.type === 'notice') {
        if (change.code === 'other_account') foreignAccount.value = true
        else tell(ofClient[change.code])
      }
    },
    end() {
      notices.value = []
      storeStatus.value = 'ok'
    },
  })
  onScopeDispose(stopFollowing)

  return { notices: computed(() => notices.value), storeStatus: computed(() => storeStatus.value), foreignAccount: computed(() => foreignAccount.value), tell, dismiss }
})
