import { accessSync, constants } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser, LaunchOptions } from 'playwright-core'

/** Where distributions put Chromium; Playwright's own download is never used, so that the tests need no network. */
const systemPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable']

/** No sandbox: CI runs as root. QUIC and background traffic off: a fault test must see every byte go through its proxy. */
export const browserFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

function executable(path: string | undefined): path is string {
  if (path === undefined || path === '') return false
  try {
    accessSync(path, constants.X_OK)
    return true
  }
  catch {
    return false
  }
}

/** The browser inside the npm package, for machines without one. It unpacks its own system libraries only where this variable names a Lambda runtime. */
async function packagedBrowser(): Promise<string> {
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs22.x'
  const { default: packaged } = await import('@sparticuz/chromium')
  return packaged.executablePath()
}

/** Where a Chromium is: CHROMIUM_PATH, then the system's, then the one in @sparticuz/chromium. */
export async function findBrowser(): Promise<string> {
  const named = process.env.CHROMIUM_PATH
  if (named !== undefined && named !== '' && !executable(named)) throw new Error(`CHROMIUM_PATH=${named} is not an executable file`)
  const found = [named, ...systemPaths].find(executable)
  if (found !== undefined) return found
  try {
    return await packagedBrowser()
  }
  catch (error) {
    throw new Error('No browser for the tests: set CHROMIUM_PATH, or install Chromium (Debian: apt-get install chromium); the one in @sparticuz/chromium did not unpack', { cause: error })
  }
}

/**
 * Starts a real Chromium: CHROMIUM_PATH, then the system's, then the one in @sparticuz/chromium. A machine without any fails the
 * test: skipped browser tests would look like passed ones.
 *
 * @throws Error when there is no browser or it does not start
 */
export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  // In a C locale the browser leaves out files whose names are not ASCII.
  const env = { ...options.env ?? process.env, LC_ALL: 'C.UTF-8' }
  return chromium.launch({ ...options, env, executablePath: await findBrowser(), args: [...browserFlags, ...options.args ?? []] })
}
