import { checkAssets } from '#parley/cli/doctor/assets-check.ts'
import { note } from '#parley/cli/doctor/finding.ts'
import type { Finding } from '#parley/cli/doctor/finding.ts'
import { checkData } from '#parley/cli/doctor/host-check.ts'
import type { Target } from '#parley/cli/doctor/http-probe.ts'
import type { Program } from '#parley/cli/doctor/mends.ts'
import { checkNetwork, checkRedirect } from '#parley/cli/doctor/network-checks.ts'
import { checkUploads } from '#parley/cli/doctor/payload-check.ts'
import { askFacts, checkForwarding, checkServer, clockFinding } from '#parley/cli/doctor/server-checks.ts'
import { checkSession } from '#parley/cli/doctor/session-check.ts'
import { checkSilence } from '#parley/cli/doctor/silence-check.ts'
import { checkOrigin, checkUpgrade } from '#parley/cli/doctor/socket-checks.ts'
import { checkTls } from '#parley/cli/doctor/tls-check.ts'

/** What to look at. */
export interface Examination {
  url: URL
  /** PEM of a private authority to trust. */
  ca?: string | undefined
  /** An API token: with it sockets are looked at from inside. */
  token?: string | undefined
  /** Waits as long as a socket may be silent, half a minute. */
  patient?: boolean
  /** Where plain http is served, if not on 80. */
  httpPort?: number | undefined
  /** The data folder, when run on the server's machine. */
  data?: string | undefined
}

export interface Report {
  findings: Finding[]
  /** The proxy, where it says who it is. */
  proxy: Program | undefined
}

/** Ms that anything may take. */
const patience = 10_000

/** Everything that needs the server itself. */
async function examineServer(target: Target, { token, patient = false }: Examination): Promise<Report> {
  const { findings, proxy, goOn } = await checkServer(target)
  if (!goOn) return { findings, proxy }
  const asked = Date.now()
  const facts = await askFacts(target, { origin: target.url.origin })
  const answered = Date.now()
  if (facts === undefined) {
    const old = note('forwarding', 'the server does not say what it sees of requests: it is an older version, or /api/diagnosis is blocked')
    return { proxy, findings: [...findings, old, ...await checkUpgrade(target, undefined), ...await checkOrigin(target, undefined), ...await checkAssets(target)] }
  }
  // One after the other: what is measured in time must not wait for what shares the line. The silence alone runs beside the rest.
  const silence = checkSilence(target, facts, patient)
  const rest = [
    ...await checkForwarding(target, facts), ...await checkUpgrade(target, facts), ...await checkOrigin(target, facts),
    ...await checkUploads(target, facts), ...token === undefined ? [] : await checkSession(target, facts, token, patient),
    clockFinding(facts.serverTime, (asked + answered) / 2), ...await checkAssets(target),
  ]
  return { proxy, findings: [...findings, ...rest, ...await silence] }
}

/** Looks at a server from outside, as its clients do, and at its folders where they are named. Never throws. */
export async function examine(examination: Examination): Promise<Report> {
  const target: Target = { url: new URL(examination.url.origin), patience }
  const { ca, httpPort, data } = examination
  const host = data === undefined ? [] : await checkData(data, Date.now())
  const { findings, goOn } = await checkNetwork(target)
  if (!goOn) return { findings: [...findings, ...host], proxy: undefined }
  findings.push(...await checkTls(target, ca), ...await checkRedirect(target, httpPort))
  const { findings: ofServer, proxy } = await examineServer(target, examination)
  return { findings: [...findings, ...ofServer, ...host], proxy }
}
