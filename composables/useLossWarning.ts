import { useEventListener } from '@vueuse/core'
import { useChatHost } from '#parley/composables/useChatHost.ts'
import { isSharedDevice } from '#parley/shared/shared-device.ts'

/** At a shared computer what waits to be sent lives in its page alone: the browser asks before it closes that (X33). */
export function useLossWarning(): void {
  const host = useChatHost()
  useEventListener(window, 'beforeunload', (event) => {
    if (isSharedDevice(document.cookie) && (host.client.value?.pending() ?? 0) > 0) event.preventDefault()
  })
}
