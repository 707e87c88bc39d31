import { useHttp } from '#parley/composables/useHttp.ts'
import type { LoginWays } from '#parley/shared/login-ways.ts'

/**
 * How people may log in here. Until the server has said it, as it has when it rendered the page: by a password.
 *
 * To be awaited, though the browser waits for nothing: with `onServerPrefetch`, which its build leaves out, only the server would count the
 * ids of the page (`useId`) in a part of their own, and the two would not agree.
 */
export async function useLoginWays(): Promise<Ref<LoginWays | undefined>> {
  const http = useHttp()
  const ways = useState<LoginWays | undefined>('login-ways')
  async function load(): Promise<void> {
    const answer = await http<LoginWays>('/api/auth/ways')
    if (answer.kind === 'ok') ways.value = answer.value
  }
  onMounted(() => {
    if (ways.value === undefined) void load()
  })
  if (import.meta.server) await load()
  return ways
}
