/**
 * Where the code of the store's threads is. In plain Node it is the source; the build puts a bundle of it beside the server and this
 * expression is replaced by the bundle's place (modules/store-threads.ts).
 */
export const threadEntry = new URL('./entry.ts', import.meta.url)
