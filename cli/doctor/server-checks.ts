import { setTimeout } from 'node:timers/promises'
import * as v from 'valibot'
import { fault, note, ok, warning } from '#parley/cli/doctor/finding.ts'
import type { Finding } from '#parley/cli/doctor/finding.ts'
import { ask, headerOf, jsonOf } from '#parley/cli/doctor/http-probe.ts'
import type { Answer, Target } from '#parley/cli/doctor/http-probe.ts'
import { isLocal } from '#parley/cli/doctor/network-checks.ts'
import { programOf } from '#parley/cli/doctor/mends.ts'
import type { Program } from '#parley/cli/doctor/mends.ts'
import type { DiagnosisResponse } from '#parley/shared/http.ts'

/** A proxy answers for a server that it cannot reach. */
const proxyFailures: ReadonlySet<number> = new Set([502, 503, 504])

const factsSchema = v.object({
  address: v.string(), secure: v.boolean(), proxyTrusted: v.boolean(), forwardedFor: v.number(), host: v.nullable(v.string()), forwardedHost: v.nullable(v.string()),
  origin: v.nullable(v.string()), httpVersion: v.string(), serverTime: v.number(), heartbeat: v.object({ interval: v.number(), timeout: v.number() }),
  limits: v.object({ messageBytes: v.number(), uploadBytes: v.number() }),
})

/** Times that a question is put when the server says "not so often": it says how long to wait, a few seconds. */
const tries = 5

/** What the server says that it saw of a request. */
export async function askFacts(target: Target, headers: Record<string, string> = {}): Promise<DiagnosisResponse | undefined> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask(target, '/api/diagnosis', { headers })
    const retryAfter = answer.kind === 'answer' && answer.status === 429 ? Number(headerOf(answer.headers, 'retry-after')) * 1_000 : 0
    if (attempt < tries && retryAfter > 0 && retryAfter <= target.patience) {
      await setTimeout(retryAfter)
      continue
    }
    const facts = v.safeParse(factsSchema, jsonOf(answer))
    return facts.success ? facts.output : undefined
  }
}

/** Nothing of Parley came back from where its health should be: is it somewhere else? */
async function strangerFinding(target: Target, answer: Extract<Answer, { kind: 'answer' }>): Promise<Finding> {
  const page = await ask(target, '/login')
  const hasPage = page.kind === 'answer' && page.body.includes('/_nuxt/')
  if (hasPage) return fault('server', `the pages are there, but /api/health is answered with ${answer.status}: the proxy rewrites paths, or sends /api elsewhere`, 'path')
  return fault('server', `what answers here is not Parley (/api/health: ${answer.status}); Parley needs a host name of its own, all paths of it unchanged`, 'path')
}

export interface ServerLook { findings: Finding[], proxy: Program | undefined, goOn: boolean }

/** Whether Parley answers, and can store. */
export async function checkServer(target: Target): Promise<ServerLook> {
  const health = await ask(target, '/api/health')
  if (health.kind === 'none') return { findings: [fault('server', `no answer over HTTP (${health.reason})`)], proxy: undefined, goOn: false }
  const proxy = programOf(headerOf(health.headers, 'server'), headerOf(health.headers, 'via'))
  const is = (findings: Finding[], goOn: boolean): ServerLook => ({ findings, proxy, goOn })
  if (proxyFailures.has(health.status)) return is([fault('server', `the proxy answers ${health.status}: it does not reach Parley, which is down or listens elsewhere`, 'upstream')], false)
  if (health.status !== 200 || jsonOf(health)?.['status'] !== 'ok') return is([await strangerFinding(target, health)], false)
  const ready = await ask(target, '/api/ready')
  if (ready.kind === 'answer' && ready.status === 503) return is([fault('server', 'Parley is up but cannot store, or is restarting: look at its log and at the free disk space')], true)
  return is([ok('server', 'Parley answers and can store')], true)
}

/** An address that means "somewhere here" and so cannot be that of a client from outside. */
const isInside = (address: string): boolean => /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|::1$|f[cd]|fe80:|$)/i.test(address)

/** An address for documentation: nobody has it (RFC 5737). */
const invented = '203.0.113.77'

async function addressFindings(target: Target, facts: DiagnosisResponse): Promise<Finding[]> {
  const behindProxy = target.url.protocol === 'https:' || facts.forwardedFor > 0
  if (!behindProxy) return []
  const everybody = 'limits by address then count all people as one, and the list of devices shows the proxy'
  if (!facts.proxyTrusted) return [fault('forwarding', `the proxy is not on the server's machine, and its X-Forwarded-* are not believed: ${everybody}`, 'trust')]
  // Asked first: a proxy that hands on what a client sends shows no header either as long as the client sends none.
  const told = await askFacts(target, { 'x-forwarded-for': invented })
  if (told?.address === invented && told.forwardedFor === 1) return [fault('forwarding', 'the proxy hands on the X-Forwarded-For that a client sends: anybody can pass for any address, and so get round all limits', 'spoofed')]
  if (facts.forwardedFor === 0) return [fault('forwarding', `the proxy does not say who the client is (no X-Forwarded-For): ${everybody}`, 'forwardedFor')]
  if (isInside(facts.address) && !isLocal(target.url)) return [note('forwarding', `the server takes this machine for ${facts.address}: right if that is its address, else NUXT_TRUST_PROXY trusts too much`)]
  return [ok('forwarding', `the server sees this machine as ${facts.address}, and cannot be told otherwise`)]
}

/** What gets lost on the way of a request: address, scheme, host, origin, version of HTTP. */
export async function checkForwarding(target: Target, facts: DiagnosisResponse): Promise<Finding[]> {
  const findings = await addressFindings(target, facts)
  const isTls = target.url.protocol === 'https:'
  if (isTls && !facts.secure) findings.push(fault('forwarding', 'the server does not know that people use https (X-Forwarded-Proto): log-in cookies go without Secure', facts.proxyTrusted ? 'forwardedProto' : 'trust'))
  if (!isTls && facts.secure) findings.push(warning('forwarding', 'the server is told that people use https, but they do not: browsers drop its Secure cookies', 'forwardedProto'))
  const hosts = [facts.host, facts.proxyTrusted ? facts.forwardedHost : null]
  if (!hosts.includes(target.url.host)) findings.push(fault('forwarding', `the server is told another host, ${facts.host ?? 'none'}: it takes its own pages for foreign ones, so nobody can log in`, 'host'))
  if (facts.httpVersion === '1.0') findings.push(fault('forwarding', 'the proxy speaks HTTP/1.0 to the server: sockets are not for it, and every request costs a connection', 'httpVersion'))
  return findings
}

/** Ms between two clocks beyond which log-ins by other services and one-time codes fail. */
const skewFault = 60_000
const skewWarning = 5_000

/** The clocks of server and this machine. */
export function clockFinding(serverTime: number, now: number): Finding {
  const skew = Math.round((serverTime - now) / 1000)
  const told = `the server's clock is ${Math.abs(skew)} s ${skew < 0 ? 'behind' : 'ahead of'} this machine's`
  if (Math.abs(skew) * 1000 >= skewFault) return fault('clock', `${told}: tokens, one-time codes and the times of messages are wrong`, 'clock')
  if (Math.abs(skew) * 1000 >= skewWarning) return warning('clock', told, 'clock')
  return ok('clock', 'the server\'s clock agrees with this machine\'s')
}
