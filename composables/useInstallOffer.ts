import { installOffer } from '#parley/composables/notifications/install-offer.ts'

/** The browser's offer to install the app, as it stands: it is there once, and gone when it was taken or declined. */
export function useInstallOffer() {
  const offer = installOffer()
  return {
    offered: computed(() => offer.value !== undefined),
    async accept() {
      const event = offer.value
      offer.value = undefined
      await event?.prompt()
    },
  }
}
