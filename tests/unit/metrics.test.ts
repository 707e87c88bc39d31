import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ChatCounters, StoreFigures } from '#parley/server/chat/figures.ts'
import type { ChatFigures } from '#parley/server/chat/figures.ts'
import { createExposition } from '#parley/server/metrics/exposition.ts'
import type { MetricSources } from '#parley/server/metrics/sources.ts'

function createSources() {
  const counters = new ChatCounters()
  const chat: ChatFigures = { counters, connections: 3, users: 2, sockets: 4, buffered: 1024, lagging: 1, store: 'busy', draining: false }
  const store = new StoreFigures()
  let asked = 0
  const sources: MetricSources = {
    chat: () => {
      asked++
      return chat
    },
    store,
    uploads: () => ({ fates: [['stored', 2], ['file_too_large', 1]], bytes: 99 }),
    push: () => ({ fates: [['delivered', 5]], waiting: 1 }),
    process: { responses: [[200, 7], [404, 1]], upgrades: [[403, 2]], unhandled: 0 },
  }
  return { sources, counters, store, chat, asked: () => asked }
}

describe('[X38] /metrics', () => {
  test('tells what was counted, by the labels that alerts want', async () => {
    const { sources, counters, store } = createSources()
    counters.ops.send = 12
    counters.rejects.add('too_long', 3)
    counters.closes.add('peer 1006', 4)
    counters.ack.add(0.4, 5)
    counters.ack.add(30)
    store.commit.add(2)
    store.queues = () => ({ writer: 8, reader: 0 })
    const text = await createExposition(sources).text()
    for (const line of [
      'parley_connections 3', 'parley_buffered_bytes 1024', 'parley_ops_total{type="send"} 12', 'parley_ops_total{type="edit"} 0', 'parley_rejects_total{code="too_long"} 3',
      'parley_connections_closed_total{by="peer",code="1006"} 4', 'parley_store_status{status="busy"} 1', 'parley_store_status{status="ok"} 0',
      'parley_ack_seconds_bucket{le="0.0005"} 5', 'parley_ack_seconds_bucket{le="0.025"} 5', 'parley_ack_seconds_bucket{le="0.05"} 6', 'parley_ack_seconds_bucket{le="+Inf"} 6', 'parley_ack_seconds_sum 0.032', 'parley_ack_seconds_count 6',
      'parley_store_commit_seconds_count 1', 'parley_store_queue{thread="writer"} 8', 'parley_uploads_total{fate="stored"} 2', 'parley_pushes_total{fate="delivered"} 5',
      'parley_http_responses_total{status="200"} 7', 'parley_upgrades_refused_total{status="403"} 2', 'parley_unhandled_errors_total 0',
    ]) expect(text.split('\n')).toContain(line)
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
    expect(text).toMatch(/^# TYPE parley_ack_seconds histogram$/m)
  })

  test('counters stand where their sources stand, scrape after scrape', async () => {
    const { sources, counters, asked } = createSources()
    const exposition = createExposition(sources)
    const first = asked()
    counters.duplicates = 2
    expect(await exposition.text()).toMatch(/^parley_duplicate_ops_total 2$/m)
    counters.duplicates = 5
    expect(await exposition.text()).toMatch(/^parley_duplicate_ops_total 5$/m)
    // Figures look at every connection, so they are asked once a scrape.
    expect(asked() - first).toBe(2)
  })
})

describe('deploy/grafana/parley.json', () => {
  interface Panel { title: string, type: string, targets?: { expr: string }[], panels?: Panel[] }
  const dashboard: { title: string, uid: string, panels: Panel[] } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'deploy', 'grafana', 'parley.json'), 'utf8'))
  const panels = dashboard.panels.flatMap(panel => [panel, ...panel.panels ?? []])
  const queries = panels.flatMap(panel => (panel.targets ?? []).map(({ expr }) => ({ title: panel.title, expr })))
  const namesIn = (expr: string) => expr.match(/\b(?:parley|nodejs|process)_[a-z0-9_]+/g) ?? []

  test('every query names a series that /metrics has', async () => {
    const { sources } = createSources()
    const text = await createExposition(sources).text()
    const series = new Set([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) => (type === 'histogram' ? ['_bucket', '_sum', '_count'].map(end => name + end) : [name])))
    expect(queries.length).toBeGreaterThan(20)
    for (const { title, expr } of queries) {
      expect(namesIn(expr), title).not.toEqual([])
      for (const name of namesIn(expr)) expect(series, title).toContain(name)
    }
  })

  test('every series of ours is on it, or in an alert', () => {
    const operations = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'OPERATIONS.md'), 'utf8')
    const source = readFileSync(join(import.meta.dirname, '..', '..', 'server', 'metrics', 'exposition.ts'), 'utf8')
    const own = [...source.matchAll(/'(parley_[a-z_]+)'/g)].map(match => match[1]!)
    expect(own.length).toBeGreaterThan(30)
    const told = new Set(queries.flatMap(({ expr }) => namesIn(expr)).map(name => name.replace(/_(bucket|sum|count)$/, '')))
    for (const name of own) {
      expect(operations, 'docs/OPERATIONS.md').toContain(`\`${name}\``)
      expect([...told, ...namesIn(operations.split('## Alerts')[1] ?? '')]).toContain(name)
    }
  })
})
