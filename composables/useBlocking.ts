import { useHttp } from '#parley/composables/useHttp.ts'

/** Blocking people and taking it back. The server tells all open pages who is blocked now; until then nothing changes here. */
export function useBlocking() {
  const http = useHttp()
  const notices = useNoticesStore()
  return {
    async set(user: string, on: boolean): Promise<boolean> {
      const answer = on
        ? await http('/api/me/blocks', { method: 'POST', body: { user } })
        : await http(`/api/me/blocks/${encodeURIComponent(user)}`, { method: 'DELETE' })
      if (answer.kind !== 'ok') notices.tell({ key: 'notice.failed', tone: 'warn', sticky: false })
      return answer.kind === 'ok'
    },
  }
}
