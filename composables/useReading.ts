import type { HttpAnswer } from '#parley/client/environment.ts'
import { useHttp } from '#parley/composables/useHttp.ts'
import type { MessageAtResponse, PinsResponse, ReceiptsResponse } from '#parley/shared/http.ts'

/** The calls about what was read and pinned (PROTOCOL 11). Loaded with the panels that make them. */
export function useReading() {
  const http = useHttp()
  const path = (conversation: string, rest: string) => `/api/conversations/${encodeURIComponent(conversation)}/${rest}`

  /** All pages of it: at most `limits.receiptMembers` people. */
  async function receipts(conversation: string, seq: number): Promise<HttpAnswer<ReceiptsResponse>> {
    const first = await http<ReceiptsResponse>(path(conversation, `messages/${seq}/receipts`))
    if (first.kind !== 'ok') return first
    const people = [...first.value.people ?? []]
    let next = first.value.next
    while (next !== undefined) {
      const page = await http<ReceiptsResponse>(path(conversation, `messages/${seq}/receipts`), { query: { after: next } })
      if (page.kind !== 'ok') return page
      people.push(...page.value.people ?? [])
      next = page.value.next
    }
    return { kind: 'ok', value: { ...first.value, ...(first.value.people === undefined ? {} : { people }) } }
  }

  return {
    receipts,
    /** Counts alone. */
    counts: (conversation: string, seq: number) => http<ReceiptsResponse>(path(conversation, `messages/${seq}/receipts`)),
    messageAt: (conversation: string, time: number) => http<MessageAtResponse>(path(conversation, 'messages/at'), { query: { time } }),
    pins: (conversation: string) => http<PinsResponse>(path(conversation, 'pins')),
    setPin: (conversation: string, seq: number, on: boolean) =>
      on ? http(path(conversation, 'pins'), { method: 'POST', body: { seq } }) : http(path(conversation, `pins/${seq}`), { method: 'DELETE' }),
  }
}
