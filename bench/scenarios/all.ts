import { fanOut } from '#parley/bench/scenarios/p1-fan-out.ts'
import type { Scenario } from '#parley/bench/scenarios/scenario.ts'

/** In the order in which they run. P9, the client in a browser, is a program of its own: bench/scenarios/p9-client.ts. */
export const scenarios: readonly Scenario[] = [fanOut]
