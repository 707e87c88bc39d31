import { expect, test } from 'vitest'
import { median, medianRun } from '#parley/bench/report/median.ts'
import { caseReport, markdownTable, numberText, targetLine } from '#parley/bench/report/table.ts'
import { absolute, against, faultNotes, loadNotes } from '#parley/bench/scenarios/scenario.ts'
import type { Round, Run } from '#parley/bench/scenarios/scenario.ts'

const run = (values: Record<string, number>, ...notes: string[]): Run => ({ values, notes })

/** Three rounds on a machine that is half as fast in the second. */
const rounds: Round[] = [
  { 'parley': run({ messages: 210, faults: 0 }), 'socketio-group': run({ messages: 100, faults: 0 }) },
  { 'parley': run({ messages: 100, faults: 0 }), 'socketio-group': run({ messages: 51, faults: 1 }, 'lost 1') },
  { 'parley': run({ messages: 220, faults: 0 }), 'socketio-group': run({ messages: 100, faults: 0 }, 'lost 1') },
]

test('medians are values that were measured; faults are added up and notes said once', () => {
  expect([median([3, 1, 2]), median([4, 1]), median([])]).toEqual([2, 1, 0])
  expect(medianRun(rounds, 'socketio-group')).toEqual({ values: { messages: 100, faults: 1 }, notes: ['lost 1'] })
  expect(medianRun(rounds, 'absent')).toBeUndefined()
})

test('a target is judged in each round by itself and met only if it is met in all', () => {
  const twice = against('messages/s', 'messages', 'socketio-group', 2, 'least')
  expect(targetLine(twice, rounds)).toBe('✗ messages/s: 2.10 × socketio-group (target 2.00), met 2 of 3')
  expect(targetLine(against('messages/s', 'messages', 'socketio-group', 1.9, 'least'), rounds)).toMatch(/^✓ .* met 3 of 3$/)
  expect(targetLine(absolute('messages/s', 'messages', 215, 'most', '/s', 0), rounds)).toBe('✗ messages/s: 210 /s (target 215), met 2 of 3')
})

test('a target whose control did not take part is not claimed', () => {
  expect(targetLine(against('messages/s', 'messages', 'ws-string', 1, 'least'), rounds)).toBeUndefined()
})

test('a report has a row for each system, faults included, and its notes', () => {
  const text = caseReport('P1', {
    settings: {}, title: 'two', systems: ['parley', 'ws-string', 'socketio-group'], columns: [{ key: 'messages', title: 'messages/s' }], targets: [], run: () => Promise.reject(new Error('not run')),
  }, rounds)
  expect(text).toContain('| parley         |        210 |      0 |')
  expect(text).toContain('| socketio-group |        100 |      1 |')
  expect(text).not.toContain('ws-string')
  expect(text).toContain('- socketio-group: lost 1')
})

test('numbers are grouped, and what could not be measured is a dash', () => {
  expect([numberText(1234567.891, 1), numberText(2), numberText(Number.NaN), numberText(1 / 0)]).toEqual(['1,234,567.9', '2', '–', '–'])
  expect(markdownTable(['a', 'b'], [['x', '10']])).toBe('| a   |   b |\n| --- | --: |\n| x   |  10 |')
})

test('a row says when its generator, and not the server, was at its end', () => {
  const load = { seconds: 2, messages: 1, deliveries: 1, serverCpuMs: 1000, ownCpuMs: 1900 }
  expect(loadNotes('saturation', load)).toEqual(['saturation: generator at 95 % of its core, server at 50 %'])
  expect(loadNotes('saturation', { ...load, serverCpuMs: 1950 })).toEqual([])
  expect(loadNotes('1000/s', { ...load, lateP99: 12 })).toEqual(['1000/s: generator late by 12 ms at p99'])
})

test('faults are told by kind', () => {
  const faults = { lost: 1, doubled: 2, reordered: 3, mixed: 4 }
  expect(faultNotes({ faults, closed: 1, closedWith: ['closed with 4003'], rejected: 5, lagged: 7, unanswered: 6 })).toEqual([
    'lost 1, doubled 2, out of order 3, mixed up 4', '1 connections ended (closed with 4003)', '5 rejected', 'events withheld from a slow reader and pulled, 7 times', '6 not acknowledged',
  ])
})
