import type { NotificationWords } from '#parley/composables/notifications/notification-words.ts'

/** What the browser lets a page do; `unsupported`: it has no notifications, or not for pages over plain http. */
export type NotificationPermissionState = NotificationPermission | 'unsupported'

export const currentPermission = (): NotificationPermissionState =>
  typeof Notification === 'undefined' || !isSecureContext ? 'unsupported' : Notification.permission

/** Asks the user. To be called from a click only (U-N1). */
export const askPermission = async (): Promise<NotificationPermissionState> =>
  currentPermission() === 'default' ? Notification.requestPermission() : currentPermission()

export interface ShownNotification extends NotificationWords {
  account: string
  conversation: string
  seq: number
  at: number
  /** It makes no sound of its own. */
  silent: boolean
}

/** One notification for each conversation, whoever shows it: the page, another tab, or the service worker for a push. */
const tagOf = (conversation: string): string => `parley:${conversation}`

export const pathOf = (conversation: string, seq: number): string => `/chat/${encodeURIComponent(conversation)}?at=${seq}`

const registration = async (): Promise<ServiceWorkerRegistration | undefined> => navigator.serviceWorker?.getRegistration()

/** Ms that a first notification waits for a service worker which is still being installed. */
const patience = 3_000

/** On the first visit the worker may still be on its way: what is shown without it is gone with its page. */
async function activeWorker(): Promise<ServiceWorkerRegistration | undefined> {
  const found = await registration()
  if (found === undefined || found.active) return found
  return Promise.race([navigator.serviceWorker.ready, new Promise<undefined>(resolve => setTimeout(resolve, patience, undefined))])
}

/** Shows it through the service worker, so that a click works when this page is gone; without one, as a notification of the page. */
export async function showNotification({ title, body, account, conversation, seq, at, silent }: ShownNotification, open: (path: string) => void): Promise<void> {
  const path = pathOf(conversation, seq)
  // `renotify` and `timestamp` are not among the types of TypeScript, nor known to every browser; the others ignore them.
  const options: NotificationOptions & { renotify: boolean, timestamp: number } = {
    body, tag: tagOf(conversation), renotify: true, silent, timestamp: at, icon: '/icons/icon-192.png', badge: '/icons/badge-96.png', data: { path, account, conversation, seq },
  }
  const worker = await activeWorker()
  if (worker !== undefined) return worker.showNotification(title, options)
  const notification = new Notification(title, options)
  notification.addEventListener('click', () => {
    notification.close()
    window.focus()
    open(path)
  })
}

/** Takes away what was shown of messages that have been read, here or elsewhere, before this page or in it. */
export async function closeNotifications(isRead: (of: Pick<ShownNotification, 'account' | 'conversation' | 'seq'>) => boolean): Promise<void> {
  for (const shown of await (await registration())?.getNotifications() ?? []) {
    const { account, conversation, seq } = (shown.data ?? {}) as Partial<ShownNotification>
    if (account !== undefined && conversation !== undefined && seq !== undefined && isRead({ account, conversation, seq })) shown.close()
  }
}

/** The number on the icon of the installed app; browsers without that do nothing. */
export function setAppBadge(unread: number): void {
  if (!('setAppBadge' in navigator)) return
  void (unread > 0 ? navigator.setAppBadge(unread) : navigator.clearAppBadge()).catch(() => undefined)
}
