import { shallowRef, type Component } from 'vue'

type Source = () => Promise<{ default: Component }>

/** How texts with Markdown are shown, once it is loaded: then it is there for every row at once. */
export const richView = shallowRef<Component>()
/** Where it comes from, told by the component that shows texts: nothing here may import a component. */
const sources: Source[] = []
/** Begun loads; offline, and not loaded before, the signs are shown as typed and the next row asks again. */
const loads = new Set<Promise<void>>()

export function offerRichView(source: Source): void {
  sources[0] ??= source
}

/** Loads it, unless that is under way. Never fails. */
export async function loadRichView(): Promise<void> {
  const [begun] = loads
  const [source] = sources
  if (richView.value !== undefined || source === undefined) return
  if (begun !== undefined) return begun
  const load = source().then(({ default: view }) => {
    richView.value = view
  }).catch(() => undefined).finally(() => loads.delete(load))
  loads.add(load)
  return load
}
