import { useEventListener } from '@vueuse/core'
import type { Row } from '#parley/client/types.ts'
import { textOf } from '#parley/composables/timeline/permissions.ts'
import { clockTime } from '#parley/composables/useSmartTime.ts'

export interface CopiedRowsOptions {
  rows: () => readonly Row[]
  name: (user: string) => string
  locale: () => string
}

/** Cids of the message rows that a selection touches, in order. */
function selectedCids(selection: Selection | null): string[] {
  if (selection === null || selection.isCollapsed) return []
  const range = selection.getRangeAt(0)
  const root = range.commonAncestorContainer
  if (!(root instanceof Element) || root.closest('[data-testid=timeline]') === null) return []
  return [...root.querySelectorAll<HTMLElement>('[data-testid=message][data-kind=message]')].filter(row => range.intersectsNode(row)).flatMap(row => row.dataset.cid ?? [])
}

/** A selection over several messages is copied as «name time: text» lines (U-M2); within one message it is the browser's own. */
export function useCopiedRows(options: CopiedRowsOptions): void {
  useEventListener('copy', (event: ClipboardEvent) => {
    const cids = new Set(selectedCids(document.getSelection()))
    if (cids.size < 2) return
    const lines = options.rows().flatMap(row => row.kind === 'message' && cids.has(row.cid) && row.content !== undefined
      ? [`${options.name(row.sender)} ${clockTime(options.locale(), row.at)}: ${textOf(row)}`]
      : [])
    if (lines.length === 0) return
    event.clipboardData?.setData('text/plain', lines.join('\n'))
    event.preventDefault()
  })
}
