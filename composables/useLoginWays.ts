import { useHttp } from '#parley/composables/useHttp.ts'
import type { LoginWays } from '#parley/shared/login-ways.ts'

/** How people may log in here. Until the server has said it, as it has when it rendered the page: by a password. */
export function useLoginWays() {
  const http = useHttp()
  const ways = useState<LoginWays | undefined>('login-ways')
  async function load(): Promise<void> {
    const answer = await http<LoginWays>('/api/auth/ways')
    if (answer.kind === 'ok') ways.value = answer.value
  }
  onServerPrefetch(load)
  onMounted(() => {
    if (ways.value === undefined) void load()
  })
  return ways
}
