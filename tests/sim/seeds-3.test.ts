import { testSeeds } from '#parley/tests/helpers/sim/seed-suite.ts'

/**
 * The real server core and the real client core, three people on four pages, one or two nodes, every kind of trouble, in virtual time.
 * Each seed is a world of its own; `npm run sim` runs as many as one likes.
 */
testSeeds('memory', 451, 225)
