import { useEventListener } from '@vueuse/core'
import { droppedFiles, hasFiles, pastedFiles } from '#parley/composables/attachments/taken-files.ts'
import type { OutgoingFile } from '#parley/client/types.ts'

/** A file that was chosen and not sent. `problem`: why it cannot be, in words. */
export interface PickedFile {
  id: number
  file: File
  /** Of what was recorded here: such a file does not know how long it is. */
  seconds?: number
  problem?: string
}

export interface FileIntakeOptions {
  /** Whether files can be taken now. */
  allowed: () => boolean
  upload: (file: OutgoingFile, options: { replyTo?: number, text?: string }) => void
  /** Files were taken: the next key belongs to the box. */
  taken: () => void
  /** The code for files cannot be loaded: the page is offline and never had it. */
  unavailable: () => void
  /** Loads what shows files. */
  views: () => Promise<unknown>
}

/** Files on their way into a conversation: chosen, pasted (U-P8) or dropped anywhere in the window (U-P9). */
export function useFileIntake({ allowed, upload, taken, unavailable, views }: FileIntakeOptions) {
  const picked = shallowRef<PickedFile[]>([])
  const dragging = ref(false)
  const count = computed(() => picked.value.filter(({ problem }) => problem === undefined).length)
  let last = 0

  /** All that a file needs until it is on the device: one that is shown as picked can be sent, with or without the network. */
  async function load() {
    const [outgoing] = await Promise.all([
      import('#parley/composables/attachments/outgoing-file.ts'), import('#parley/client/upload-queue.ts'), import('#parley/client/browser-upload.ts'), views(),
    ])
    return outgoing
  }
  async function take(files: readonly File[], seconds?: number): Promise<void> {
    if (files.length === 0 || !allowed()) return
    try {
      await load()
    }
    catch {
      return unavailable()
    }
    picked.value = [...picked.value, ...files.map(file => ({ id: ++last, file, ...(seconds === undefined ? {} : { seconds }) }))]
    taken()
  }
  function remove(id: number): void {
    picked.value = picked.value.filter(item => item.id !== id)
  }
  function refuse(id: number, problem: string): void {
    picked.value = picked.value.map(item => item.id === id ? { ...item, problem } : item)
  }

  /** Sends what was picked; the text goes with the first. @returns whether there was anything */
  function send(text: string, replyTo: number | undefined): boolean {
    const files = picked.value.filter(({ problem }) => problem === undefined)
    if (files.length > 0) void sendAll(files, text, replyTo)
    return files.length > 0
  }
  async function sendAll(files: readonly PickedFile[], text: string, replyTo: number | undefined): Promise<void> {
    picked.value = []
    const { outgoingFile } = await load()
    const outgoing = await Promise.all(files.map(async ({ file, seconds }) => ({ ...await outgoingFile(file), ...(seconds === undefined ? {} : { duration: seconds }) })))
    outgoing.forEach((file, index) => upload(file, index > 0 ? {} : { ...(text.trim() === '' ? {} : { text }), ...(replyTo === undefined ? {} : { replyTo }) }))
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

  return { picked, count, dragging, take, remove, refuse, send }
}
