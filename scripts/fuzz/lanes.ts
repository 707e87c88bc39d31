import { createAttacker, isArmed } from '#parley/scripts/fuzz/attackers.ts'
import type { Targets } from '#parley/scripts/fuzz/attackers.ts'
import { readCorpus, readRoutes } from '#parley/scripts/fuzz/corpus.ts'
import type { RequestSeed } from '#parley/scripts/fuzz/corpus.ts'
import { createDice } from '#parley/scripts/fuzz/dice.ts'
import type { Dice } from '#parley/scripts/fuzz/dice.ts'
import { httpCase, rawCase } from '#parley/scripts/fuzz/http-cases.ts'
import type { HttpCase } from '#parley/scripts/fuzz/http-cases.ts'
import { judgeAnswer, judgeClose, judgeMessage } from '#parley/scripts/fuzz/judge.ts'
import type { Attacker } from '#parley/scripts/fuzz/places.ts'
import type { Findings } from '#parley/scripts/fuzz/report.ts'
import { pingBytes, socketItem, upgradeBytes } from '#parley/scripts/fuzz/socket-cases.ts'
import { Wire } from '#parley/scripts/fuzz/wire.ts'

export interface LaneOptions {
  seed: number
  /** Names the lane; its cases follow from it and from the seed. */
  name: string
  port: number
  targets: Targets
  findings: Findings
  over: () => boolean
}

/** Ms in which a whole request must be answered, and a ping; a machine that others use as well needs its time. */
const patience = 20_000
/** Ms that a broken request gets: mostly the server waits for the rest of it. */
const brokenPatience = 150
/** Cases between two looks at whether the account is still good for anything. */
const checkEvery = 40

const seedOf = (seed: number, name: string, number: number): number => [...`${seed}/${name}/${number}`].reduce((hash, letter) => Math.imul(hash ^ letter.codePointAt(0)!, 16_777_619) >>> 0, 2_166_136_261)

/** Runs case after case until the time is over, each with chance of its own, so that one can be run again by its number. */
async function runCases(options: LaneOptions, attacker: Attacker | undefined, run: (dice: Dice, attacker: Attacker, where: string, number: number) => Promise<void>): Promise<void> {
  const { seed, name, targets, findings, over } = options
  let current = attacker
  for (let number = 0; !over(); number++) {
    const where = `${name} ${number}`
    try {
      if (attacker === undefined && number % checkEvery === 0 && (current === undefined || !await isArmed(current))) current = await createAttacker(`${name}${number}`, targets)
      await run(createDice(seedOf(seed, name, number)), current!, where, number)
    }
    catch (error) {
      // What our own client could not do is no finding, unless it is all that happens: then cases are missing.
      findings.failed(where, error)
    }
  }
}

async function exchange({ port, findings }: LaneOptions, { seed, bytes, whole, call }: HttpCase, where: string): Promise<void> {
  const wire = new Wire(port)
  try {
    wire.write(bytes)
    const ended = await wire.until(() => false, whole ? patience : brokenPatience)
    const { status, fault } = judgeAnswer(wire.received, call)
    findings.answered(seed, status)
    if (whole && !ended) findings.wrong(where, `no end of the answer in ${patience} ms`, bytes)
    // A broken request may be answered in parts that we do not wait for.
    if (fault !== undefined && (whole || ended)) findings.wrong(where, fault, bytes)
  }
  finally {
    wire.destroy()
  }
}

/**
 * Requests to every call, sound and mutated, and whole connections of nonsense.
 *
 * @param share the place of this lane among those that take the calls in turn
 */
export function runHttpLane(options: LaneOptions, share: { place: number, of: number }): Promise<void> {
  const corpus = readCorpus()
  const routes: RequestSeed[] = readRoutes().filter(({ path }) => path !== '/api/diagnosis/hold')
  // Every call has its turn, each lane begins elsewhere.
  const first = Math.floor(share.place * routes.length / share.of)
  return runCases(options, undefined, async (dice, attacker, where, number) => {
    const { origin } = options.targets
    const seed = number % 2 === 0 ? routes[(first + number / 2) % routes.length]! : dice.pick(corpus.requests)
    const made = dice.chance(0.08) ? rawCase(dice, dice.pick(corpus.raw), attacker, origin) : httpCase(dice, seed, attacker, origin, false)
    await exchange(options, made, where)
  })
}

/** What an admin may ask; bodies are mutated, what would change the server for everybody is left out. */
export function runAdminLane(options: LaneOptions, admin: Attacker): Promise<void> {
  const harmless = /^POST \/api\/admin\/(users|invites)$/
  const seeds = [...readCorpus().requests, ...readRoutes()].filter(({ method, path }) => path.startsWith('/api/admin/') && (method === 'GET' || harmless.test(`${method} ${path}`)))
  return runCases(options, admin, (dice, attacker, where) => exchange(options, httpCase(dice, dice.pick(seeds), attacker, options.targets.origin, true), where))
}

/** Upgrades, and what is said on open sockets. */
export function runSocketLane(options: LaneOptions): Promise<void> {
  const { frames } = readCorpus()
  return runCases(options, undefined, async (dice, attacker, where) => {
    const { bytes, sound } = upgradeBytes(dice, await attacker.client.ticket(), options.targets.origin)
    const wire = new Wire(options.port)
    const said: Buffer[] = [bytes]
    try {
      wire.write(bytes)
      const upgraded = () => wire.received.includes('\r\n\r\n')
      await wire.until(upgraded, sound ? patience : brokenPatience)
      if (!wire.received.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101'))) {
        const { status, fault } = judgeAnswer(wire.received, false)
        options.findings.answered('upgrade', status)
        return fault === undefined && !sound ? undefined : options.findings.wrong(where, fault ?? `a sound upgrade was answered with ${status}`, bytes)
      }
      wire.received = wire.received.subarray(wire.received.indexOf('\r\n\r\n') + 4)
      let broken = !sound
      for (let items = 1 + dice.below(12); items > 0 && !broken; items--) {
        const item = socketItem(dice, frames, attacker)
        said.push(item.bytes)
        wire.write(item.bytes)
        broken = item.breaks
      }
      await judgeSocket(options, wire, { broken, where, said })
    }
    finally {
      wire.destroy()
    }
  })
}

/** Asks for a sign of life and looks at all that came. */
async function judgeSocket({ findings }: LaneOptions, wire: Wire, { broken, where, said }: { broken: boolean, where: string, said: readonly Buffer[] }): Promise<void> {
  wire.write(pingBytes())
  const got: { pong: boolean, close?: number } = { pong: false }
  const look = (): boolean => {
    for (const { opcode, payload } of wire.takeFrames()) {
      if (opcode === 8) got.close = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
      if (opcode !== 1) continue
      const text = payload.toString()
      const fault = judgeMessage(text)
      if (fault !== undefined) findings.wrong(where, fault, Buffer.concat(said))
      got.pong ||= text.includes('{"type":"pong"}')
    }
    return got.pong || got.close !== undefined
  }
  const done = await wire.until(look, broken ? brokenPatience : patience)
  findings.closed(got.close)
  const fault = got.close === undefined ? undefined : judgeClose(got.close)
  if (fault !== undefined) findings.wrong(where, fault, Buffer.concat(said))
  if (!broken && !done) findings.wrong(where, `no pong in ${patience} ms`, Buffer.concat(said))
}
