import type { InjectionKey, Ref } from 'vue'

const key: InjectionKey<Readonly<Ref<boolean>>> = Symbol('server away')

/** Tells the parts of a page that nothing reaches the server, and that the page has said so. */
export const provideServerAway = (away: Readonly<Ref<boolean>>): void => provide(key, away)

/** Whether what needs the server is of no use now. */
export const useServerAway = (): Readonly<Ref<boolean>> => inject(key, () => ref(false), true)
