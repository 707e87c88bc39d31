import { Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import type { LatencyFigures } from '#parley/server/chat/figures.ts'

interface LatencyMetricOptions { name: string, help: string, registers: Registry[], read: () => LatencyFigures }

/** A histogram in seconds of what was counted elsewhere: nothing is ever observed here, so nothing costs anything until it is asked for. */
export class LatencyMetric extends Histogram {
  readonly #options: LatencyMetricOptions

  constructor(options: LatencyMetricOptions) {
    super({ name: options.name, help: options.help, registers: options.registers })
    this.#options = options
  }

  /** What the registry asks, though its types do not know it. */
  getForPromString() {
    const { name, help, read } = this.#options
    const { bounds, counts, sum } = read()
    let below = 0
    const buckets = counts.map((count, place) => {
      below += count
      const bound = bounds[place]
      return { metricName: `${name}_bucket`, labels: { le: bound === undefined ? '+Inf' : String(bound / 1000) }, value: below }
    })
    const values = [...buckets, { metricName: `${name}_sum`, labels: {}, value: sum / 1000 }, { metricName: `${name}_count`, labels: {}, value: below }]
    return Promise.resolve({ name, help, type: 'histogram', values, aggregator: 'sum' })
  }
}
