import type { CDPSession } from 'playwright-core'

/** What of Chromium's trace is read. Times in µs; `tdur` is CPU time of the thread. */
interface TraceEvent { name: string, cat: string, ph: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number, args?: { name?: string, data?: Record<string, unknown> } }

/** Main-thread work of a page, cut at its frames; ms. */
export interface FrameWork {
  /** Script and garbage collection of each frame, layout that script forced included. */
  scripting: number[]
  /** The same in CPU time of the thread: what a busy machine does not blur. */
  scriptingCpu: number[]
  /** Style, layout and paint outside script. */
  rendering: number[]
  /** Longest task of the main thread. */
  longestTask: number
  /** Time of the trace, and the part of it in which the main thread was at work. */
  span: number
  busy: number
  /** Time by what was called, the largest first. */
  calls: { name: string, ms: number, count: number }[]
}

const categories = ['devtools.timeline', 'v8', 'toplevel', 'blink.user_timing', 'disabled-by-default-devtools.timeline', '__metadata']

const script = new Set(['FunctionCall', 'EvaluateScript', 'v8.callFunction', 'v8.compile', 'RunMicrotasks', 'FireAnimationFrame', 'TimerFire', 'EventDispatch', 'MinorGC', 'MajorGC', 'V8.GC_SCAVENGER', 'V8.GC_MARK_COMPACTOR', 'FireIdleCallback'])
const render = new Set(['UpdateLayoutTree', 'Layout', 'PrePaint', 'Paint', 'Layerize', 'Commit', 'HitTest', 'IntersectionObserverController::computeIntersections'])

/** Traces a page while `act` runs. */
export async function traced(devtools: CDPSession, act: () => Promise<void>): Promise<FrameWork> {
  const events: TraceEvent[] = []
  const collect = ({ value }: { value: object[] }) => void events.push(...value as TraceEvent[])
  devtools.on('Tracing.dataCollected', collect)
  const complete = new Promise(resolve => devtools.once('Tracing.tracingComplete', resolve))
  await devtools.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: categories, recordMode: 'recordAsMuchAsPossible' } })
  await act()
  await devtools.send('Tracing.end')
  await complete
  devtools.off('Tracing.dataCollected', collect)
  return frameWork(events)
}

/** The busiest main thread of a renderer: of the page in front. */
function mainThread(events: readonly TraceEvent[]): (event: TraceEvent) => boolean {
  const busy = new Map<string, number>()
  for (const event of events) {
    if (event.name !== 'FunctionCall') continue
    const thread = `${event.pid} ${event.tid}`
    busy.set(thread, (busy.get(thread) ?? 0) + (event.dur ?? 0))
  }
  const [first] = [...busy].sort((a, b) => b[1] - a[1])
  return event => first !== undefined && `${event.pid} ${event.tid}` === first[0]
}

function frameWork(all: readonly TraceEvent[]): FrameWork {
  const onMain = mainThread(all)
  const events = all.filter(event => onMain(event) && (event.ph === 'X' || event.ph === 'I')).sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
  const frames = distinctFrames(events.filter(event => event.name === 'Commit').map(event => event.ts + (event.dur ?? 0)))
  const work: FrameWork = { scripting: frames.map(() => 0), scriptingCpu: frames.map(() => 0), rendering: frames.map(() => 0), longestTask: 0, span: 0, busy: 0, calls: [] }
  const calls = new Map<string, { ms: number, count: number }>()
  let scriptEnd = 0
  let renderEnd = 0
  for (const event of events) {
    const { name, ts, dur = 0, tdur = 0 } = event
    if (name === 'RunTask' || name === 'ThreadControllerImpl::RunTask') {
      work.longestTask = Math.max(work.longestTask, dur / 1_000)
      work.busy += dur / 1_000
    }
    const frame = frameOf(frames, ts)
    if (script.has(name) && ts >= scriptEnd) {
      scriptEnd = ts + dur
      add(work.scripting, frame, dur)
      add(work.scriptingCpu, frame, tdur)
      count(calls, nameOf(event), dur)
    }
    else if (render.has(name) && ts < scriptEnd) {
      count(calls, `${name}, forced by script`, dur)
    }
    else if (render.has(name) && ts >= renderEnd) {
      renderEnd = ts + dur
      add(work.rendering, frame, dur)
      count(calls, name, dur)
    }
  }
  const last = events.at(-1)
  work.span = last === undefined ? 0 : (last.ts + (last.dur ?? 0) - events[0]!.ts) / 1_000
  work.calls = [...calls].map(([name, call]) => ({ name, ...call })).sort((a, b) => b.ms - a.ms)
  return work
}

function count(calls: Map<string, { ms: number, count: number }>, name: string, us: number): void {
  const known = calls.get(name) ?? { ms: 0, count: 0 }
  calls.set(name, { ms: known.ms + us / 1_000, count: known.count + 1 })
}

const nameOf = ({ name, args }: TraceEvent): string => {
  const detail = args?.data?.['functionName'] ?? args?.data?.['type']
  return typeof detail === 'string' && detail !== '' ? `${name} ${detail}` : name
}

/** A frame ends when it is handed to the compositor; commits closer than 8 ms belong to one frame, at whose last one it ends. */
function distinctFrames(commits: readonly number[]): number[] {
  const frames: number[] = []
  for (const commit of commits) {
    if (commit - (frames.at(-1) ?? -Infinity) < 8_000) frames.pop()
    frames.push(commit)
  }
  return frames
}

/** Index of the first frame that ends after a moment: what runs between two frames is paid by the later one. */
function frameOf(frames: readonly number[], ts: number): number {
  let low = 0
  let high = frames.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (frames[middle]! < ts) low = middle + 1
    else high = middle
  }
  return low
}

function add(sums: number[], frame: number, us: number): void {
  if (frame < sums.length) sums[frame] = (sums[frame] ?? 0) + us / 1_000
}

/** The value below which this share of all lie; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
