import type { InjectionKey } from 'vue'

/** Shows who somebody is, by user id. */
export const profileCardKey: InjectionKey<(user: string) => void> = Symbol('profile card')
