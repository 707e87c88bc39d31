import { everyFault, noFault } from '#parley/tests/helpers/sim/faults.ts'
import type { Mutant } from '#parley/tests/helpers/sim/mutant-lab.ts'

const disk = { faults: { ...noFault, disk: 10 }, faultEvery: 4_000, pace: 700 }
const links = { faults: { ...noFault, link: 10 }, faultEvery: 1_500, pace: 700 }
const kills = { faults: { ...noFault, kill: 10 }, faultEvery: 2_000, pace: 700 }
const shortMemory = { keepEvents: 10, faults: { ...everyFault, deviceDisk: 0 }, pace: 700 }
const backups = { faults: { ...noFault, restore: 10, link: 5 }, faultEvery: 4_000, pace: 700 }
const loudLinks = { ...links, faults: { ...noFault, link: 10, network: 5 }, loudSockets: true }
const sickDevices = { faults: { ...noFault, link: 4, tab: 4, freeze: 4, deviceDisk: 10 }, faultEvery: 800, pace: 400, trouble: 60_000 }
const deafNodes = { nodes: 2, backplane: { loss: 1, loses: 'event', double: 0, delay: 5 }, faults: noFault, refreshAtEnd: false } as const

/** Mistakes in the real source, each of which the simulation must find: what it cannot find it does not guard. */
export const mutants: readonly Mutant[] = [
  {
    name: '[S2] ack before commit',
    file: 'server/chat/ops.ts',
    find: '      result => this.#tell(run, place, this.#fateOf(request, op, result)),\n',
    replace: `      result => void this.#fateOf(request, op, result),
      () => {},
    )
    this.#context.store.headsOf([op.conversation]).then(
      heads => this.#tell(run, place, { kind: 'answered', frame: { type: 'ack', cid: op.cid, conversation: op.conversation, seq: (heads.get(op.conversation) ?? 0) + 1, at: request.at } }),
`,
  },
  { name: '[S3] no dedupe', file: 'server/storage/memory/append.ts', find: '  if (known) {', replace: '  if (known && cid === \'\') {', plan: links },
  { name: '[W1] subscribed after the heads are read: what came between is skipped', file: 'server/chat/feed.ts', find: '    subscription.attach(head)\n', replace: '    subscription.attach(Math.max(head, this.#pushed))\n', plan: { ...links, faultEvery: 200, pace: 100, trouble: 30_000, byteWeight: 1, rateLimit: 0 } },
  { name: '[O3] the fan-out takes an event beyond a hole', file: 'server/chat/feed.ts', find: '    if (event.seq - 1 === this.#pushed && this.#early.size === 0) this.#push(event)\n    else if', replace: '    if (this.#pushed !== undefined) return this.#push(event)\n    if', seeds: 60, plan: { nodes: 2, backplane: { loss: 0.2, double: 0.2, delay: 300 }, refreshAtEnd: true } },
  { name: '[O3] holes in the fan-out are not read', file: 'server/chat/feed.ts', find: '    if (this.#pushed !== undefined && this.#pushed < this.#heard) void this.#fill()\n', replace: '', plan: deafNodes },
  { name: '[O4] no audit', file: 'server/chat/auditor.ts', find: 'head > feed.pushed) {', replace: 'head < 0) {', plan: deafNodes },
  { name: '[O6] a leave does not end the fan-out', file: 'server/chat/hub.ts', find: '  if (event.change === \'leave\') subscription?.endAt(event.seq)\n  else if', replace: '  if' },
  { name: '[O7] a message that is pinned again keeps its place among the pins', file: 'server/storage/memory/append.ts', find: '    conversation.pins.delete(change.pin.seq)\n    if (change.pin.on)', replace: '    if (!change.pin.on) conversation.pins.delete(change.pin.seq)\n    else', plan: { faults: noFault, pace: 700 } },
  { name: '[S4] an op that the store refused is acknowledged', file: 'server/chat/ops.ts', find: '    if (error instanceof StoreUnavailable) return { kind: \'refused\', status: error.status }\n', replace: '    if (error instanceof StoreUnavailable) return { kind: \'answered\', frame: { type: \'ack\', cid, conversation, seq: 1, at: 0 } }\n', plan: disk },
  { name: '[S5] no fail-stop after an unknown fate', file: 'server/chat/inbox.ts', find: '      if (fate === undefined || fate.kind === \'unknown\') return this.#host.fateUnknown()\n', replace: '      if (fate === undefined || fate.kind === \'unknown\') continue\n', plan: disk },
  { name: '[S6] refused ops are put back behind newer ones', file: 'server/chat/inbox.ts', find: '      this.#queue.unshift(...refused)\n', replace: '      this.#queue.push(...refused)\n', plan: { ...disk, pace: 200 } },
  { name: '[R18] the read position is the last one told, not the furthest', file: 'server/storage/memory/conversations.ts', find: 'Math.max(member.readSeq, Math.min(readSeq, head))', replace: 'Math.min(readSeq, head)' },
  { name: '[S6] the outbox sends again after newer ops', file: 'client/outbox-sender.ts', find: '    for (const entry of sending) this.#options.mark(entry.op.cid, { name: \'queued\', notBefore: 0 })\n', replace: '    for (const entry of sending) {\n      this.#options.environment.timer(() => {\n        this.#options.mark(entry.op.cid, { name: \'queued\', notBefore: 0 })\n        this.pump()\n      }, 15_000)\n    }\n', plan: links },
  { name: '[S6] an own op leaves that of another tab behind', file: 'client/outbox-sender.ts', find: '        due.push(...held, entry)', replace: '        due.push(entry)', plan: { ...links, pace: 200 } },
  { name: '[S6] a tab does not look for the ops that its order says are missing', file: 'client/outbox.ts', find: '      if (this.#disk.durable && order !== (this.#lastOrder ?? Number.NaN) + 1) await this.refresh()\n', replace: '', plan: { ...links, pace: 200 } },
  { name: '[S3] an op that the disk could not delete is not remembered', file: 'client/outbox.ts', find: 'if (settled.knows(row.cid) || (known', replace: 'if ((known', plan: sickDevices },
  { name: '[S4] a refusal that the disk does not know is taken for a retry', file: 'client/outbox-disk.ts', find: '    return (failure !== undefined) !== this.#failed.has(cid)\n', replace: '    return failure !== \'\' || this.#failed.has(cid)\n', plan: { ...sickDevices, pace: 200 } },
  { name: '[S6] what waits in the outbox is lost from sight with the link', file: 'client/outbox-sender.ts', find: '    for (const entry of sending) this.#options.mark(entry.op.cid, { name: \'queued\', notBefore: 0 })\n', replace: '', plan: links },
  { name: '[R7] the own event does not settle its op', file: 'client/receiver.ts', find: '      this.#settle({ ...event, conversation })\n      return\n', replace: '      return\n', plan: links },
  { name: '[R7] a page of history does not settle its ops', file: 'client/receiver.ts', find: '      if (message.sender === account.id) this.#settle({ ...message, conversation })\n', replace: '      if (message.sender === account.id) continue\n' },
  { name: '[R8] an ack above a hole is taken for the next event', file: 'client/log-cursor.ts', find: '    if (event.seq > this.#cursor + 1) {', replace: '    if (event.seq > this.#cursor + 1 && event.seq < 0) {', plan: links },
  { name: '[Y2] a reset keeps the rows it replaces', file: 'client/timeline.ts', find: '    this.#window.replace([], from, undefined)\n    for', replace: '    for', plan: shortMemory },
  { name: '[W4] a page takes another history for the one it knows', file: 'client/device-cache.ts', find: '    const changed = this.#epoch !== undefined\n', replace: '    const changed = false\n', plan: backups },
  { name: '[W4] what a page holds outlives its history', file: 'client/chat-core.ts', find: '    for (const timeline of this.#timelines.values()) timeline.forget()\n', replace: '', plan: backups },
  { name: '[W4] a tab takes the numbers of another history from the other tab', file: 'client/receiver.ts', find: '        if (message.epoch === this.#core.cache.epoch) for', replace: '        for', plan: backups },
  { name: '[F43] what a page holds is not put on a disk that was cleared', file: 'client/chat-client.ts', find: '  if (cause === \'cleared\') outbox.diskCleared()\n', replace: '', plan: { ...links, faults: { ...noFault, siteData: 10, network: 10 } } },
  { name: '[R11] what an abandoned socket still brings is taken for news of the next one', file: 'client/connection.ts', find: '    const current = () => generation === this.#generation\n', replace: '    const current = () => generation > 0\n', plan: loudLinks },
  { name: '[R12] a page of history is put among rows that have been replaced', file: 'client/timeline.ts', find: '    const late = !this.#flights.has(flight) || flight.generation !== this.#generation\n', replace: '    const late = false\n', plan: { ...shortMemory, faults: everyFault, pace: 200, faultEvery: 1_500 } },
  { name: '[L3] a connection that lagged is not told what it lacks', file: 'server/chat/opening.ts', find: '    for (const part of splitHeads(Object.fromEntries(moved))) session.answer({ type: \'heads\', heads: part })\n', replace: '', plan: { faults: { ...noFault, link: 10, freeze: 5 }, byteWeight: 600, pace: 700 } },
  { name: '[L2] a silent link is never given up', file: 'client/connection.ts', find: '      dead: () => this.#wait(this.#failures(), \'lost\'),\n', replace: '      dead: () => {},\n', plan: kills },
  { name: '[S6] the loss of a link is not told', file: 'client/connection.ts', find: '    if (welcomed) this.#options.lost(oversize)\n', replace: '', plan: kills },
  { name: '[R18] what was read is not told again on the next connection', file: 'client/receipts.ts', find: '    for (const mark of this.#marks.values()) mark.sent = 0\n', replace: '', plan: links },
]
