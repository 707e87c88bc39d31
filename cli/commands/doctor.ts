import { readFile } from 'node:fs/promises'
import { defineAct, say } from '#parley/cli/act.ts'
import { CommandError } from '#parley/cli/command-error.ts'
import { examine } from '#parley/cli/doctor/doctor.ts'
import { exitCode, jsonReport, textReport } from '#parley/cli/doctor/report.ts'

/** @throws CommandError */
function addressOf(text: string): URL {
  const whole = /^https?:\/\//.test(text) ? text : `https://${text}`
  if (!URL.canParse(whole)) throw new CommandError(`"${text}" is no address such as https://chat.example.com`)
  return new URL(whole)
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new CommandError(`"${text}" is no port`)
  return port
}

/** Looks at a server as its clients do; exit code 1 when something is wrong. */
export const doctor = defineAct({ name: 'doctor', description: 'Looks at a server through everything before it, names what is wrong and the line that mends it' }, {
  'url': { type: 'positional', description: 'its public address, such as https://chat.example.com', required: true },
  'patient': { type: 'boolean', description: 'wait half a minute for timeouts of the proxy' },
  'json': { type: 'boolean', description: 'tell it to a program' },
  'ca': { type: 'string', description: 'a file with a private authority to trust (PEM)' },
  'http-port': { type: 'string', description: 'where plain http is served, if not on 80' },
  'data-dir': { type: 'string', valueHint: 'folder', description: 'the data folder too, when run on the server\'s machine: disk, rights, age of the newest backup' },
}, async ({ url, patient, json, ca, 'data-dir': data, 'http-port': httpPort }) => {
  const report = await examine({
    url: addressOf(url), patient: patient ?? false, data, httpPort: portOf(httpPort),
    ca: ca === undefined ? undefined : await readFile(ca, 'utf8'),
    // Not an option: what stands on a command line is seen by every user of the machine.
    token: process.env['PARLEY_TOKEN'] || undefined,
  })
  say(json === true ? jsonReport(report) : textReport(report))
  process.exitCode = exitCode(report)
})
