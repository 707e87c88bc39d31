/** What of ohash Nuxt's cookies ask for in the browser: whether the value of a cookie, which is JSON or a text, has changed. */
export const isEqual = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right)
