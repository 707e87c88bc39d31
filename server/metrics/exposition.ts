import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import { LatencyMetric } from '#parley/server/metrics/latency-metric.ts'
import type { LatencyFigures } from '#parley/server/chat/figures.ts'
import type { MetricSources } from '#parley/server/metrics/sources.ts'

/** The values of a series by its label. */
type Values = Iterable<readonly [label: string | number, value: number]>

/** Makes series that read their values when they are asked. */
function createSeries(registry: Registry) {
  const registers = [registry]
  return {
    gauge: (name: string, help: string, read: () => number) => void new Gauge({ name, help, registers, collect() {
      this.set(read())
    } }),
    gauges: (name: string, help: string, label: string, read: () => Values) => void new Gauge({ name, help, registers, labelNames: [label], collect() {
      this.reset()
      for (const [key, value] of read()) this.set({ [label]: key }, value)
    } }),
    counter: (name: string, help: string, read: () => number) => void new Counter({ name, help, registers, collect() {
      this.reset()
      this.inc(read())
    } }),
    counters: (name: string, help: string, label: string, read: () => Values) => void new Counter({ name, help, registers, labelNames: [label], collect() {
      this.reset()
      for (const [key, value] of read()) this.inc({ [label]: key }, value)
    } }),
    latency: (name: string, help: string, read: () => LatencyFigures) => void new LatencyMetric({ name, help, registers, read }),
  }
}

type Series = ReturnType<typeof createSeries>

function addConnections({ gauge, counter }: Series, registry: Registry, chat: MetricSources['chat']): void {
  gauge('parley_connections', 'Open connections', () => chat().connections)
  gauge('parley_users_connected', 'Users with a connection', () => chat().users)
  gauge('parley_sockets', 'Sockets that are not gone yet, ended connections among them', () => chat().sockets)
  gauge('parley_buffered_bytes', 'Bytes on their way to clients that the network has not taken', () => chat().buffered)
  gauge('parley_lagging_connections', 'Connections whose events are withheld because they do not take them', () => chat().lagging)
  gauge('parley_draining', '1 while this process is ending', () => Number(chat().draining))
  counter('parley_connections_opened_total', 'Connections that were opened', () => chat().counters.opened)
  counter('parley_lags_total', 'Times that a connection began to lag', () => chat().counters.lags)
  void new Counter({
    name: 'parley_connections_closed_total', help: 'Connections that ended, by close code and by whose', labelNames: ['by', 'code'], registers: [registry],
    collect() {
      this.reset()
      for (const [key, value] of chat().counters.closes.entries()) {
        const [by = '', code = ''] = key.split(' ')
        this.inc({ by, code }, value)
      }
    },
  })
}

function addOps({ gauges, counter, counters, latency }: Series, chat: MetricSources['chat']): void {
  counters('parley_ops_total', 'Ops that were answered, by type', 'type', () => Object.entries(chat().counters.ops))
  counter('parley_duplicate_ops_total', 'Ops that had been committed before', () => chat().counters.duplicates)
  counters('parley_rejects_total', 'Ops that were refused for good, by code', 'code', () => chat().counters.rejects.entries())
  counters('parley_store_refusals_total', 'Ops that the store would not take at first, by its trouble', 'status', () => chat().counters.refused.entries())
  counter('parley_unknown_fates_total', 'Ops of which nobody knew whether they were committed', () => chat().counters.unknownFates)
  counter('parley_bad_frames_total', 'Frames that broke the protocol', () => chat().counters.badFrames)
  counter('parley_audit_repairs_total', 'Conversations in which an audit found events that had not been pushed', () => chat().counters.repairs)
  counter('parley_deliveries_total', 'Events handed to connections', () => chat().counters.deliveries)
  counter('parley_sent_messages_total', 'WebSocket messages written', () => chat().counters.messages)
  counter('parley_sent_bytes_total', 'Bytes of WebSocket messages written', () => chat().counters.bytes)
  latency('parley_ack_seconds', 'From the arrival of an op over a socket to its answer', () => chat().counters.ack)
  latency('parley_fan_out_seconds', 'From a committed event to the last write for it, by conversation and turn', () => chat().counters.fanOut)
  gauges('parley_store_status', '1 for what the store last said of itself', 'status', () => (['ok', 'busy', 'full'] as const).map(status => [status, Number(chat().store === status)]))
}

function addStore({ gauges, counter, latency }: Series, store: MetricSources['store']): void {
  latency('parley_store_commit_seconds', 'Duration of a transaction of the thread that writes', () => store.commit)
  counter('parley_store_writes_total', 'Writes in all transactions', () => store.writes)
  counter('parley_store_reads_total', 'Reads of the thread that reads', () => store.reads)
  counter('parley_store_read_seconds_total', 'Time that it spent on them', () => store.reading / 1000)
  gauges('parley_store_queue', 'Calls in the hands of a thread of the store', 'thread', () => Object.entries(store.queues()))
}

function addRest({ gauge, counter, counters }: Series, { uploads, push, process }: MetricSources): void {
  counters('parley_uploads_total', 'Uploads, by what became of them', 'fate', () => uploads().fates)
  counter('parley_uploaded_bytes_total', 'Bytes of files that were stored', () => uploads().bytes)
  counters('parley_pushes_total', 'Tries to push, by what became of them', 'fate', () => push().fates)
  gauge('parley_pushes_waiting', 'Pushes that wait for their first or next try', () => push().waiting)
  counters('parley_http_responses_total', 'Answers over HTTP, by status', 'status', () => process.responses)
  counters('parley_upgrades_refused_total', 'Upgrades that were refused, by status', 'status', () => process.upgrades)
  counter('parley_unhandled_errors_total', 'Errors and rejections that nobody handled', () => process.unhandled)
}

export interface Exposition {
  contentType: string
  /** All series, in the text format of Prometheus. */
  text(): Promise<string>
}

/** What /metrics tells: our own series, and those of the process and its event loop, which begin to be measured here. */
export function createExposition(sources: MetricSources): Exposition {
  const registry = new Registry()
  const series = createSeries(registry)
  // Once for all series of a scrape: it looks at each connection.
  let now = sources.chat()
  addConnections(series, registry, () => now)
  addOps(series, () => now)
  addStore(series, sources.store)
  addRest(series, sources)
  collectDefaultMetrics({ register: registry })
  return {
    contentType: registry.contentType,
    text() {
      now = sources.chat()
      return registry.metrics()
    },
  }
}
