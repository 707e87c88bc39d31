/** What of ofetch Nuxt and @nuxtjs/i18n ask for in the browser: the JSON of an address of this app. Our own calls are made by `fetch` itself. */
interface Fetch {
  (path: string, options?: RequestInit): Promise<unknown>
  create: (defaults: { baseURL?: string }) => Fetch
}

function fetchUnder(base: string): Fetch {
  const get = async (path: string, options?: RequestInit): Promise<unknown> => {
    const response = await fetch(path.startsWith(base) ? path : base.replace(/\/$/, '') + path, options)
    if (!response.ok) throw new Error(`${response.status} for ${path}`)
    return response.json()
  }
  return Object.assign(get, { create: ({ baseURL = '/' }: { baseURL?: string }) => fetchUnder(baseURL) })
}

export const $fetch = fetchUnder('/')
