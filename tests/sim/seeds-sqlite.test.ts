import { testSeeds } from '#parley/tests/helpers/sim/seed-suite.ts'

/** On the SQLite store; other seeds than in memory, since equal ones would go the same way. */
testSeeds('sqlite', 901, 100)
