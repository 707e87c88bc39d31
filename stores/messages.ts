import type { Content } from '#parley/shared/model.ts'
import type { ChatClient, Draft, DraftFile, SendOptions, TimelineSnapshot, UploadView } from '#parley/client/types.ts'
import { useChatHost } from '#parley/composables/useChatHost.ts'

/** Timelines of the conversations that are on screen, and the acts of the user upon them. The chat client holds the truth. */
export const useMessagesStore = defineStore('messages', () => {
  const host = useChatHost()
  const snapshots = shallowReactive(new Map<string, TimelineSnapshot>())
  const drafts = shallowReactive(new Map<string, Draft | undefined>())
  const draftFiles = shallowReactive(new Map<string, readonly DraftFile[]>())
  /** Raised when an upload gets further: what it is then is the client's to say. */
  const uploadTicks = shallowReactive(new Map<string, number>())
  /** How many views show a conversation; the last one to leave lets its snapshot go. */
  const views = new Map<string, number>()

  function takeDraft(client: ChatClient, conversation: string): void {
    drafts.set(conversation, client.draft(conversation))
    draftFiles.set(conversation, client.draftFiles(conversation))
  }

  function take(conversation: string): void {
    const client = host.client.value
    if (client === undefined) return
    snapshots.set(conversation, client.timeline(conversation))
    takeDraft(client, conversation)
  }

  const stopFollowing = host.follow({
    begin(client) {
      for (const conversation of views.keys()) take(conversation)
      void client.ready().then(() => {
        if (host.client.value === client) for (const conversation of views.keys()) take(conversation)
      })
    },
    change(change, client) {
      if (change.type === 'timeline' && views.has(change.conversation)) snapshots.set(change.conversation, client.timeline(change.conversation))
      else if (change.type === 'draft' && views.has(change.conversation)) takeDraft(client, change.conversation)
      else if (change.type === 'upload') uploadTicks.set(change.cid, (uploadTicks.get(change.cid) ?? 0) + 1)
    },
    end() {
      for (const held of [snapshots, drafts, draftFiles]) held.clear()
      uploadTicks.clear()
    },
  })
  onScopeDispose(stopFollowing)

  /** Keeps the timeline of a conversation here until the returned function is called. */
  function show(conversation: string): () => void {
    views.set(conversation, (views.get(conversation) ?? 0) + 1)
    take(conversation)
    return () => {
      const left = (views.get(conversation) ?? 1) - 1
      if (left > 0) {
        views.set(conversation, left)
        return
      }
      views.delete(conversation)
      for (const held of [snapshots, drafts, draftFiles]) held.delete(conversation)
    }
  }

  const client = () => host.client.value
  return {
    show,
    timeline: (conversation: string): TimelineSnapshot | undefined => snapshots.get(conversation),
    draft: (conversation: string): Draft | undefined => drafts.get(conversation),
    send: (conversation: string, content: Content, options?: SendOptions) => client()?.send(conversation, content, options).cid,
    draftFiles: (conversation: string): readonly DraftFile[] => draftFiles.get(conversation) ?? [],
    draftTray: async () => client()?.draftTray(),
    /** The file of an own message that is not settled, and how far it is. */
    uploadOf(cid: string): UploadView | undefined {
      void uploadTicks.get(cid)
      return client()?.uploadOf(cid)
    },
    edit: (conversation: string, target: number, content: Content) => client()?.edit(conversation, target, content).cid,
    remove: (conversation: string, target: number) => client()?.remove(conversation, target).cid,
    react: (conversation: string, target: number, emoji: string, on: boolean) => client()?.react(conversation, target, emoji, on).cid,
    retry: (cid: string) => client()?.retry(cid),
    discard: (cid: string) => client()?.discard(cid),
    saveDraft: (conversation: string, draft: Draft | undefined) => client()?.saveDraft(conversation, draft),
    setAtEnd: (conversation: string, atEnd: boolean) => client()?.setAtEnd(conversation, atEnd),
    loadOlder: async (conversation: string) => client()?.loadOlder(conversation),
    loadNewer: async (conversation: string) => client()?.loadNewer(conversation),
    jumpTo: async (conversation: string, seq: number) => client()?.jumpTo(conversation, seq),
    jumpToPresent: async (conversation: string) => client()?.jumpToPresent(conversation),
    markRead: (conversation: string, seq: number) => client()?.markRead(conversation, seq),
  }
})
