import { useEventListener } from '@vueuse/core'
import { droppedFiles, hasFiles, pastedFiles, pickedFile } from '#parley/composables/attachments/taken-files.ts'
import type { DraftFile, DraftTray } from '#parley/client/types.ts'

/** A file of the draft. `problem`: why it cannot be sent, in words. */
export interface PickedFile extends DraftFile { problem?: string }

export interface FileIntakeOptions {
  /** Whether files can be taken now. */
  allowed: () => boolean
  /** Files of the open conversation's draft: the client keeps them (U-P6). */
  files: () => readonly DraftFile[]
  conversation: () => string
  /** What changes them; rejects like `views`. */
  tray: () => Promise<DraftTray | undefined>
  /** Files were taken: the next key belongs to the box. */
  taken: () => void
  /** The code for files cannot be loaded: the page is offline and never had it. */
  unavailable: () => void
  /** Loads what shows files. */
  views: () => Promise<unknown>
}

/** Files on their way into a conversation: chosen, pasted (U-P8) or dropped anywhere in the window (U-P9). */
export function useFileIntake({ allowed, files, conversation, tray, taken, unavailable, views }: FileIntakeOptions) {
  const problems = shallowReactive(new Map<string, string>())
  const dragging = ref(false)
  const picked = computed((): PickedFile[] => files().map((file) => {
    const problem = problems.get(file.cid)
    return problem === undefined ? file : { ...file, problem }
  }))
  const open = shallowRef<DraftTray>()
  const count = computed(() => open.value === undefined ? 0 : picked.value.filter(({ problem }) => problem === undefined).length)

  /** All that a file needs until it is on the device: one that is shown as picked can be sent, with or without the network. */
  async function load() {
    const [outgoing, found] = await Promise.all([import('#parley/composables/attachments/outgoing-file.ts'), tray(), import('#parley/client/browser-upload.ts'), views()])
    open.value = found
    return outgoing
  }
  async function take(chosen: readonly File[], seconds?: number): Promise<void> {
    if (chosen.length === 0 || !allowed()) return
    try {
      await load()
      for (const file of chosen) open.value?.add(conversation(), pickedFile(file, seconds))
    }
    catch {
      return unavailable()
    }
    taken()
  }
  function refuse(cid: string, problem: string): void {
    problems.set(cid, problem)
  }

  /** Sends what was picked; the text goes with the first. @returns whether there was anything */
  function send(text: string, replyTo: number | undefined): boolean {
    const going = picked.value.filter(({ problem }) => problem === undefined)
    if (going.length === 0 || open.value === undefined) return false
    const loading = load()
    const facts = ({ file, name, kind, duration }: DraftFile) => loading
      .then(({ outgoingFile }) => outgoingFile(file, name))
      .then(found => duration === undefined ? found : { ...found, duration }, () => ({ file, name, kind }))
    void open.value.send(conversation(), going.map(file => ({ cid: file.cid, facts: facts(file) })), { ...(text.trim() === '' ? {} : { text }), ...(replyTo === undefined ? {} : { replyTo }) })
    return true
  }

  function onPaste(event: ClipboardEvent): void {
    // Into a dialog or a search box goes what belongs there.
    if (!(event.target instanceof Element) || event.target.closest('main') === null) return
    const files = pastedFiles(event.clipboardData)
    if (files.length > 0 && allowed()) event.preventDefault()
    void take(files)
  }
  function onDrag(event: DragEvent): void {
    if (!hasFiles(event.dataTransfer)) return
    event.preventDefault() // else the browser leaves the page for the file
    if (event.type === 'drop') {
      dragging.value = false
      if (event.dataTransfer) void take(droppedFiles(event.dataTransfer))
    }
    else dragging.value = allowed() && !(event.type === 'dragleave' && event.relatedTarget === null)
  }
  useEventListener(window, ['dragenter', 'dragover', 'dragleave', 'drop'], onDrag)
  useEventListener(window, 'paste', onPaste)
  // From now on files can be sent without the network too.
  onMounted(() => void load().catch(() => undefined))

  return { picked, count, open, dragging, take, refuse, send }
}
