import { fanOut } from '#parley/bench/scenarios/p1-fan-out.ts'
import { pairs } from '#parley/bench/scenarios/p2-pairs.ts'
import { idle } from '#parley/bench/scenarios/p3-idle.ts'
import { storm } from '#parley/bench/scenarios/p4-storm.ts'
import { durableAcks } from '#parley/bench/scenarios/p5-durable-acks.ts'
import { history } from '#parley/bench/scenarios/p6-history.ts'
import { growth } from '#parley/bench/scenarios/p7-growth.ts'
import { firstPaint } from '#parley/bench/scenarios/p10-first-paint.ts'
import { starting } from '#parley/bench/scenarios/p8-start.ts'
import type { Scenario } from '#parley/bench/scenarios/scenario.ts'

/** In the order in which they run. P9, the client in a browser, is a program of its own: bench/scenarios/p9-client.ts. */
export const scenarios: readonly Scenario[] = [fanOut, pairs, idle, storm, durableAcks, history, growth, starting, firstPaint]
