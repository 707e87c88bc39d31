import { fault, note, ok } from '#parley/cli/doctor/finding.ts'
import type { Finding } from '#parley/cli/doctor/finding.ts'
import { ask } from '#parley/cli/doctor/http-probe.ts'
import type { Target } from '#parley/cli/doctor/http-probe.ts'
import type { DiagnosisResponse } from '#parley/shared/http.ts'
import { timing } from '#parley/shared/protocol/index.ts'

/** Seconds of silence that tell whether answers are buffered, and show timeouts that nobody can work with. */
const short = 3
/** Seconds beyond the longest time between two pings: a slow network. */
const grace = 3
/** Ms before the end of the silence at which its first half must have come. */
const early = 500

/** Seconds that a socket may be silent between two pings of the server (L1). */
export const longestSilence = (interval: number): number => Math.ceil(interval * (1 + timing.heartbeatJitter) / 1000) + grace

/** Seconds of silence to try. */
export const silenceToTry = (interval: number, patient: boolean): number => (patient ? longestSilence(interval) : Math.min(short, longestSilence(interval)))

/** What a cut means for people. */
export const cutFinding = (after: number, interval: number): Finding =>
  fault('idle', `a silence is cut after ${after.toFixed(1)} s, but the server pings only every ${interval / 1000} s: sockets of quiet people break over and over`, 'idle')

export const borne = (seconds: number, interval: number): Finding => seconds >= longestSilence(interval)
  ? ok('idle', `a silence of ${seconds} s is borne; the server pings every ${interval / 1000} s`)
  : note('idle', `a silence of ${seconds} s is borne; whether ${longestSilence(interval)} s are, as sockets need, is tried with --patient`)

/**
 * An answer with a silence in its middle. It passes the same timeouts of a proxy as a silent socket, and needs no log-in; whether its first
 * half comes at once tells of buffers.
 */
export async function checkSilence(target: Target, { heartbeat: { interval } }: DiagnosisResponse, patient: boolean): Promise<Finding[]> {
  const seconds = silenceToTry(interval, patient)
  const answer = await ask(target, `/api/diagnosis/hold?seconds=${seconds}`, { patience: seconds * 1000 + target.patience })
  if (answer.kind === 'none') return [note('idle', `not looked at (${answer.reason})`)]
  if (answer.status === 504) return [cutFinding(answer.after / 1000, interval)]
  if (answer.status !== 200) return [note('idle', `not looked at: the server does not want to be asked now (${answer.status})`)]
  if (!answer.complete) return [cutFinding(answer.after / 1000, interval)]
  const passed = answer.firstByteAfter < seconds * 1000 - early
  return [
    borne(seconds, interval),
    passed
      ? ok('buffering', 'answers are handed on as they come')
      : note('buffering', 'the proxy collects answers before it hands them on: no fault for messages, but exports and large files pass through its disk', 'responseBuffering'),
  ]
}
