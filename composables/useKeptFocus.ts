import { nextTick, onBeforeUpdate, onUpdated, type Ref } from 'vue'

/**
 * Keeps the keyboard focus on its row when a list is sorted anew (U-C1): moving a node in the document takes the focus off it.
 * Call in the component that renders the rows; `attribute` identifies a row.
 */
export function useKeptFocus(container: Readonly<Ref<HTMLElement | null>>, attribute: string): void {
  let kept: string | undefined

  onBeforeUpdate(() => {
    const focused = document.activeElement
    kept = focused !== null && container.value?.contains(focused) ? focused.getAttribute(attribute) ?? undefined : undefined
  })
  onUpdated(() => {
    const key = kept
    if (key === undefined || container.value?.contains(document.activeElement)) return
    void nextTick(() => {
      for (const row of container.value?.querySelectorAll<HTMLElement>(`[${attribute}]`) ?? []) {
        if (row.getAttribute(attribute) === key) row.focus({ preventScroll: true })
      }
    })
  })
}
