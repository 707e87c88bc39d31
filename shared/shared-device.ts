/**
 * X33: the cookie by which a browser says that it is a shared computer's. The page sets it before a log-in, by whatever way, and it ends with
 * the browser: the log-in is then short, and nothing of the chat is kept on the disk. It says nothing about anybody, and who forges it only
 * shortens their own log-in.
 */
export const sharedDeviceCookie = 'parley-shared'

/** Whether a browser with these cookies is a shared computer's. The name is written out: the constant would be in every page's first load. */
export const isSharedDevice = (cookies: string): boolean => cookies.includes('parley-shared=1')
