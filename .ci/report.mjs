/**
 * What vitest's JSON reports say.
 *
 *   node report.mjs count <status> <report> [<report of the files run again> <its status>]   prints "passed failed"
 *   node report.mjs again <report>   prints the test files to run again: up to three with a browser or with faults in real time, when nothing else failed
 */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

const [, , command, ...rest] = process.argv

/** Failures of a file. One that did not load has no failed test, and counts as one. */
const failuresOf = file => Math.max(file.status === 'failed' ? 1 : 0, file.assertionResults.filter(test => test.status === 'failed').length)

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  }
  catch (error) {
    console.error(`no test report: ${error.message}`)
    return { numPassedTests: 0, testResults: [] }
  }
}

const failedFiles = report => report.testResults.filter(file => failuresOf(file) > 0)
const nameOf = file => relative(process.cwd(), file.name)

function count(status, path, pathAgain, statusAgain) {
  const report = read(path)
  let passed = report.numPassedTests ?? 0
  let failed = failedFiles(report).reduce((sum, file) => sum + failuresOf(file), 0)
  if (status !== '0' && failed === 0) failed = 1
  if (pathAgain !== undefined) {
    const again = read(pathAgain)
    for (const file of failedFiles(report)) {
      const second = again.testResults.find(({ name }) => name === file.name)
      if (statusAgain !== '0' && (second === undefined || failuresOf(second) > 0)) continue
      for (const test of file.assertionResults) if (test.status === 'failed') console.error(`UNSTEADY: ${nameOf(file)}: ${test.fullName} failed, and passed when its file was run again`)
      passed += file.assertionResults.filter(test => test.status === 'failed').length
      failed -= failuresOf(file)
    }
  }
  process.stdout.write(`${passed} ${failed}\n`)
}

function again(path) {
  const names = failedFiles(read(path)).map(nameOf)
  if (names.length <= 3 && names.every(name => /^tests\/(?:e2e|fault|security)\//.test(name))) process.stdout.write(`${names.join('\n')}\n`)
}

if (command === 'count') count(...rest)
else if (command === 'again') again(...rest)
else process.exitCode = 2
