import type { ConversationView, MessageRow, Row, TimelineSnapshot } from '#parley/client/types.ts'
import type { OpenMenu, TimelineActs, TimelineContext } from '#parley/composables/timeline/context.ts'
import { rowOfSeq } from '#parley/composables/timeline/display-items.ts'
import type { Viewer } from '#parley/composables/useViewer.ts'
import { useRecalledTexts } from '#parley/composables/useTimelineJumps.ts'
import type { Account, UserSummary } from '#parley/shared/model.ts'

const isStoredOwn = (row: Row): boolean => row.kind === 'message' && row.mine && row.seq !== undefined && row.deletedAt === undefined

export interface TimelineRowContextOptions {
  /** Reactive. */
  props: Readonly<{ conversation: ConversationView, snapshot: TimelineSnapshot, users: (id: string) => UserSummary | undefined, account: Account }>
  viewer: Viewer
  name: (id: string) => string
  /** Keeps a row in its place while it grows or shrinks. */
  hold: (key: string) => void
  act: TimelineActs
}

/** What rows ask of their timeline: people, quoted rows, what is expanded, the open menu, and what can be done. */
export function useTimelineRowContext(options: TimelineRowContextOptions): TimelineContext {
  const { props } = options
  const expanded = shallowReactive(new Set<string>())
  const menu = shallowRef<OpenMenu>()
  const recalled = useRecalledTexts()
  const store = useAccountStore()
  /** What counts readers is loaded when the page is idle; the server renders none. */
  const idle = useSettled()
  const lastOwn = computed(() => !idle.value || props.conversation.kind === 'direct' ? undefined : props.snapshot.rows.findLast(isStoredOwn)?.cid)

  function toggle(key: string): void {
    options.hold(key)
    if (!expanded.delete(key)) expanded.add(key)
  }
  function remove(row: MessageRow): void {
    recalled.keep(row)
    options.act.remove(row)
  }

  return {
    conversation: () => props.conversation,
    account: () => props.account,
    zone: () => options.viewer.zone.value,
    still: () => options.viewer.still.value,
    user: id => id === props.account.id ? props.account : props.users(id),
    name: options.name,
    rowOf: seq => rowOfSeq(props.snapshot.rows, seq),
    lastOwn,
    recalledText: recalled.of,
    isBlocked: id => store.blocked.has(id),
    isExpanded: key => expanded.has(key),
    toggle,
    menu,
    openMenu: (next) => { menu.value = next },
    closeMenu: () => { menu.value = undefined },
    act: { ...options.act, remove },
  }
}
