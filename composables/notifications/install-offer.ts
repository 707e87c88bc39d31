import { shallowRef } from 'vue'
import type { ShallowRef } from 'vue'

/** `beforeinstallprompt`, which is not among the types of TypeScript. */
export interface InstallPromptEvent extends Event { prompt(): Promise<unknown> }

const offer = shallowRef<InstallPromptEvent>()

/** What the browser offered since the page was loaded; it does so once, so that who wants it later finds it here. */
export const installOffer = (): ShallowRef<InstallPromptEvent | undefined> => offer
