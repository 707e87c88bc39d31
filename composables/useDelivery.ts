import { useThrottleFn } from '@vueuse/core'
import type { MessageRow } from '#parley/client/types.ts'
import { stepsOf } from '#parley/composables/reading/delivery-steps.ts'
import { useReading } from '#parley/composables/useReading.ts'
import type { ReceiptsResponse } from '#parley/shared/http.ts'

/** Ms between two looks at who has read what: a busy group tells of a new reader many times a second. */
const lookEvery = 1_000

/** How far an own message is, and who has it; follows what happens as long as it is shown. */
export function useDelivery(conversation: string, opened: () => MessageRow, shown: () => boolean) {
  const reading = useReading()
  const messages = useMessagesStore()
  const conversations = useConversationsStore()
  const notices = useNoticesStore()
  const socket = useChatSocket()
  const receipts = shallowRef<ReceiptsResponse>()
  const failed = ref(false)

  /** The row as it is now; the one that was opened where the timeline has moved on. */
  const row = computed(() => {
    const { cid } = opened()
    const found = messages.timeline(conversation)?.rows.findLast(each => each.cid === cid)
    return found?.kind === 'message' ? found : opened()
  })

  const look = useThrottleFn(async () => {
    const { seq, cid } = row.value
    if (seq === undefined || !shown()) return
    const answer = await reading.receipts(conversation, seq)
    if (row.value.cid !== cid) return
    failed.value = answer.kind !== 'ok'
    if (answer.kind === 'ok') receipts.value = answer.value
  }, lookEvery, true)

  watch(() => row.value.cid, () => {
    receipts.value = undefined
  })
  // Each receipt that arrives makes the list of members anew.
  watch([() => row.value.cid, () => row.value.seq, shown, () => conversations.byId.get(conversation)?.members], () => void look(), { immediate: true })

  const steps = computed(() => stepsOf({
    row: row.value,
    connection: socket.state.value,
    upload: messages.uploadOf(row.value.cid)?.state,
    store: notices.storeStatus,
    receipts: receipts.value,
  }))
  return { row, steps, receipts, failed, look }
}
