import type { MessageRow, Row, TimelineSnapshot } from '#parley/client/types.ts'
import { indexOfSeq } from '#parley/composables/timeline/display-items.ts'

export interface TimelineJumpsOptions {
  snapshot: () => TimelineSnapshot
  /** Brings a held row into view; px or part of the view from its top. */
  show: (key: string, offset: number) => Promise<boolean>
  toBottom: () => void
  /** Distance of a row in the DOM from the top of the view. */
  distance: (key: string) => number | undefined
  /** Asks for the rows around a seq, or for the newest. */
  load: (seq: number) => void
  loadPresent: () => void
}

/** U-T4 asks for 500 ms at least; a reader who looked away needs more. */
const highlightFor = 1_600
/** A jumped-to row stands here, in parts of the view: with some context above it. */
const landing = 0.3

type Target = { to: 'row', seq: number } | { to: 'present' } | undefined

const nearest = (rows: readonly Row[], seq: number): Row | undefined => rows[Math.min(indexOfSeq(rows, seq), rows.length - 1)]

/** Jumps to messages, loaded or not, and back (U-T4, U-S3, U-S7). */
export function useTimelineJumps(options: TimelineJumpsOptions) {
  const highlighted = ref<string>()
  const back = shallowRef<{ key: string, offset: number }>()
  let target: Target
  let timer: ReturnType<typeof setTimeout> | undefined

  function light(key: string): void {
    highlighted.value = key
    if (timer !== undefined) clearTimeout(timer)
    timer = setTimeout(() => {
      highlighted.value = undefined
    }, highlightFor)
  }

  async function land(row: Row): Promise<void> {
    target = undefined
    if (await options.show(row.cid, landing)) light(row.cid)
  }

  function jump(seq: number, from?: string): void {
    const offset = from === undefined ? undefined : options.distance(from)
    if (from !== undefined && offset !== undefined) back.value = { key: from, offset }
    const rows = options.snapshot().rows
    const row = rows[indexOfSeq(rows, seq)]
    if (row?.seq === seq) return void land(row)
    target = { to: 'row', seq }
    options.load(seq)
  }

  function toPresent(): void {
    back.value = undefined
    if (options.snapshot().hasNewer) {
      target = { to: 'present' }
      options.loadPresent()
    }
    else {
      options.toBottom()
    }
  }

  /** The rows were replaced: by the answer to a jump, or because the server's history changed (Y2). */
  function onReplaced(): void {
    const snapshot = options.snapshot()
    const row = target?.to === 'row' ? nearest(snapshot.rows, target.seq) : undefined
    if (row !== undefined) return void land(row)
    if (target?.to === 'row') return
    target = undefined
    options.toBottom()
  }

  async function goBack(): Promise<void> {
    const place = back.value
    back.value = undefined
    if (place !== undefined && await options.show(place.key, place.offset)) light(place.key)
  }

  watch(() => [options.snapshot().generation, options.snapshot().hasNewer] as const, ([generation, hasNewer], [before]) => {
    if (generation !== before || (target?.to === 'present' && !hasNewer)) onReplaced()
  }, { flush: 'post' })
  onBeforeUnmount(() => {
    if (timer !== undefined) clearTimeout(timer)
  })

  return { jump, toPresent, goBack, highlighted: readonly(highlighted), canGoBack: computed(() => back.value !== undefined) }
}

/** U-T3: how long a recalled text can be taken up again. */
const recallMemory = 2 * 60_000

/** The texts of messages that this tab recalled a short time ago. Never stored: deleted means gone from the device too. */
export function useRecalledTexts() {
  const texts = shallowReactive(new Map<string, string>())
  const timers = new Set<ReturnType<typeof setTimeout>>()
  onScopeDispose(() => timers.forEach(timer => clearTimeout(timer)))
  return {
    keep(row: MessageRow): void {
      if (!row.mine || row.content?.type !== 'text') return
      texts.set(row.cid, row.content.text)
      const timer = setTimeout(() => {
        timers.delete(timer)
        texts.delete(row.cid)
      }, recallMemory)
      timers.add(timer)
    },
    of: (cid: string): string | undefined => texts.get(cid),
  }
}
