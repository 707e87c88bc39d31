import { installOffer } from '#parley/composables/notifications/install-offer.ts'
import type { InstallPromptEvent } from '#parley/composables/notifications/install-offer.ts'

/** Assets that the page loaded so far and from now on, as the browser reports them. */
function reportLoaded(worker: ServiceWorker): void {
  const report = (entries: PerformanceEntryList) => {
    const urls = entries.map(entry => entry.name).filter(name => name.startsWith(`${location.origin}/_`))
    if (urls.length > 0) worker.postMessage({ type: 'loaded', urls })
  }
  new PerformanceObserver(list => report(list.getEntries())).observe({ type: 'resource', buffered: true })
}

/**
 * Registers the service worker that opens /chat without the server (public/offline-shell.js). Not in development, where a kept script
 * would hide every change; there a worker left by a production build on the same address is taken away.
 */
export default defineNuxtPlugin(() => {
  // Made once, early, and gone unless it is kept.
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    installOffer().value = event as InstallPromptEvent
  })
  if (!('serviceWorker' in navigator)) return
  const { serviceWorker } = navigator
  if (import.meta.dev) {
    void serviceWorker.getRegistrations().then(found => Promise.all(found.map(registration => registration.unregister())))
    return
  }
  const { buildId } = useRuntimeConfig().app
  // Without it (private mode, policy) everything works but a reload while the server is away.
  serviceWorker.register(`/offline-shell.js?build=${encodeURIComponent(buildId)}`)
    .then(() => serviceWorker.ready)
    .then(({ active }) => active && reportLoaded(active))
    .catch((error: unknown) => console.warn('[parley] no offline shell', error))
})
