import { fault, note, ok } from '#parley/cli/doctor/finding.ts'
import type { Finding } from '#parley/cli/doctor/finding.ts'
import { ask, jsonOf } from '#parley/cli/doctor/http-probe.ts'
import type { Target } from '#parley/cli/doctor/http-probe.ts'
import { borne, cutFinding, silenceToTry } from '#parley/cli/doctor/silence-check.ts'
import { endingWithin } from '#parley/cli/doctor/socket-checks.ts'
import { upgrade } from '#parley/cli/doctor/socket-probe.ts'
import type { ProbeSocket } from '#parley/cli/doctor/socket-probe.ts'
import type { DiagnosisResponse } from '#parley/shared/http.ts'

/** Waits for a frame of this type. Frames of the server are objects or arrays of them (T3). */
function frameOf(socket: ProbeSocket, type: string, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    const done = (came: boolean) => {
      clearTimeout(timer)
      resolve(came)
    }
    socket.onText((text) => {
      if (text.includes(`"type":"${type}"`)) done(true)
    })
    void socket.ended.then(() => done(false))
  })
}

/** One message of exactly the size that the server takes (T4). Its type is unknown, which the server says and forgives (T5). */
async function largest(socket: ProbeSocket, bytes: number, patience: number): Promise<Finding> {
  const frame = (pad: string) => JSON.stringify({ type: 'doctor', pad })
  const answered = frameOf(socket, 'error', patience)
  socket.send(frame('x'.repeat(bytes - frame('').length)))
  return await answered
    ? ok('payload', `messages of ${bytes / 1024} KiB pass`)
    : fault('payload', `a message of ${bytes / 1024} KiB does not reach the server: something between limits the frames of sockets`)
}

/** Says nothing, and waits for what becomes of the socket. */
async function silence(socket: ProbeSocket, interval: number, patient: boolean): Promise<Finding> {
  const seconds = silenceToTry(interval, patient)
  const begun = performance.now()
  const ending = await endingWithin(socket, seconds * 1000)
  return ending.kind === 'stayed' ? borne(seconds, interval) : cutFinding((performance.now() - begun) / 1000, interval)
}

/** What only a socket with a login shows. @param token an API token */
export async function checkSession(target: Target, { heartbeat, limits }: DiagnosisResponse, token: string, patient: boolean): Promise<Finding[]> {
  const answer = await ask(target, '/api/ws/ticket', { method: 'POST', headers: { authorization: `Bearer ${token}` } })
  const ticket = jsonOf(answer)?.['token']
  if (typeof ticket !== 'string') return [note('payload', `the token is not taken (${answer.kind === 'answer' ? answer.status : answer.reason}), so frames are not looked at; does the proxy remove Authorization?`)]
  const outcome = await upgrade(target, `/_ws?token=${ticket}&appname=doctor`, target.url.origin)
  if (outcome.kind !== 'open') return []
  try {
    if (!await frameOf(outcome.socket, 'welcome', target.patience)) return [fault('payload', 'a socket with a good ticket is not welcomed')]
    return [await largest(outcome.socket, limits.messageBytes, target.patience), await silence(outcome.socket, heartbeat.interval, patient)]
  }
  finally {
    outcome.socket.dispose()
  }
}
