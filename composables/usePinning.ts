import type { ConversationView } from '#parley/client/types.ts'
import { useReading } from '#parley/composables/useReading.ts'
import { limits } from '#parley/shared/protocol/limits.ts'

/** Who is offered to pin; the server decides again (O7, S8). */
export const mayPin = ({ kind, role, closed }: ConversationView): boolean => closed !== true && (kind === 'direct' || role !== 'member')

/** Pinning and unpinning; what comes of it arrives as an event like for everyone else. */
export function usePinning(conversation: () => ConversationView) {
  const reading = useReading()
  const notices = useNoticesStore()
  return {
    isPinned: (seq: number | undefined): boolean => seq !== undefined && conversation().pins?.some(pin => pin.seq === seq) === true,
    async setPin(seq: number, on: boolean): Promise<void> {
      const { id, pins } = conversation()
      const answer = await reading.setPin(id, seq, on)
      if (answer.kind === 'ok') return
      const full = on && (pins?.length ?? 0) >= limits.pins
      const key = answer.kind === 'unreachable' ? 'error.unreachable' : full ? 'pin.full' : answer.code === 'forbidden' ? 'error.forbidden' : 'error.other'
      notices.tell({ key, values: { most: limits.pins }, tone: 'warn', sticky: false })
    },
  }
}
