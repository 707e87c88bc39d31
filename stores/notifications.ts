import { useEventListener } from '@vueuse/core'
import { createAccountSettings } from '#parley/composables/notifications/account-settings.ts'
import { askPermission, currentPermission } from '#parley/composables/notifications/browser-notifications.ts'
import type { NotificationPermissionState } from '#parley/composables/notifications/browser-notifications.ts'
import { choicesKey, defaultChoices, readChoices, settingsKey, writeChoices } from '#parley/composables/notifications/device-choices.ts'
import type { DeviceChoices } from '#parley/composables/notifications/device-choices.ts'
import { isPushSupported, keepPush, subscribeToPush, unsubscribeFromPush } from '#parley/composables/notifications/push-subscription.ts'
import type { PushFailure } from '#parley/composables/notifications/push-subscription.ts'
import { useChatHost } from '#parley/composables/useChatHost.ts'
import { useHttp } from '#parley/composables/useHttp.ts'

/** Pushes to this browser. */
export type PushState = { name: 'unsupported' | 'off' | 'on' | 'busy' } | { name: 'failed', why: PushFailure }

/** What the account wants to be told, and what this browser may and should do. Loaded on demand, like all of notifications. */
export const useNotificationsStore = defineStore('notifications', () => {
  const host = useChatHost()
  const http = useHttp()
  const permission = shallowRef<NotificationPermissionState>('unsupported')
  const choices = shallowRef<DeviceChoices>(defaultChoices)
  const push = shallowRef<PushState>({ name: 'unsupported' })
  const account = () => host.client.value?.account.id
  const { settings, known, load, look: lookAtSettings, refresh, save } = createAccountSettings(http, account)

  function look(): void {
    permission.value = currentPermission()
    choices.value = readChoices()
    const user = account()
    lookAtSettings()
    if (push.value.name === 'busy') return
    const on = user !== undefined && choices.value.pushFor === user && permission.value === 'granted'
    push.value = { name: isPushSupported() ? on ? 'on' : 'off' : 'unsupported' }
  }

  function choose(change: Partial<DeviceChoices>): void {
    choices.value = { ...choices.value, ...change }
    writeChoices(choices.value)
  }

  async function setPush(on: boolean): Promise<void> {
    if (push.value.name === 'unsupported' || push.value.name === 'busy') return
    push.value = { name: 'busy' }
    const user = account()
    const { pushFor: _user, ...others } = choices.value
    if (!on) {
      choices.value = others
      writeChoices(others)
      await unsubscribeFromPush(http)
      push.value = { name: 'off' }
      return
    }
    const failure = await subscribeToPush(http)
    if (failure === undefined && user !== undefined) choose({ pushFor: user })
    push.value = failure === undefined ? { name: 'on' } : { name: 'failed', why: failure }
  }

  /** By a click: asks the browser, and where it agrees pushes are switched on too, since they are what one means by notifications. */
  async function enable(): Promise<void> {
    permission.value = await askPermission()
    choose({ asked: true, notify: true })
    if (permission.value === 'granted' && push.value.name === 'off') await setPush(true)
  }

  const stopFollowing = host.follow({
    begin: look,
    change(change, client) {
      if (change.type !== 'connection') return
      if (change.state.name === 'signed-out') known.value = false
      if (change.state.name !== 'online') return
      // Once: after a restart of the server everybody comes back at the same time, and this can wait until something rings.
      if (known.value) return
      void load()
      // A log-in that ended has taken its subscription along.
      if (choices.value.pushFor === client.account.id && permission.value === 'granted') void keepPush(http)
    },
    end() {
      known.value = false
      look()
    },
  })
  onScopeDispose(stopFollowing)

  if (import.meta.client) {
    look()
    if (host.client.value?.connection().name === 'online') void load()
    useEventListener(window, 'storage', ({ key }: StorageEvent) => {
      if (key === choicesKey || key === settingsKey) look()
    })
    // The permission is changed in the browser's own settings; only some browsers tell.
    useEventListener(window, 'focus', look)
  }

  return {
    permission: computed(() => permission.value),
    choices: computed(() => choices.value),
    settings: computed(() => settings.value),
    push: computed(() => push.value),
    known: computed(() => known.value),
    allowed: computed(() => permission.value === 'granted' && choices.value.notify),
    choose, enable, load, refresh, save, setPush,
  }
})
