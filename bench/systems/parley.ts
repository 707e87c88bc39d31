import { cp, readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Setup } from '#parley/bench/load/commands.ts'
import { cores, freshFolder, startChild } from '#parley/bench/systems/child.ts'
import type { BenchChild, Folder } from '#parley/bench/systems/child.ts'
import { running, startServer } from '#parley/bench/systems/server.ts'
import type { System, World } from '#parley/bench/systems/system.ts'

export const projectRoot = join(import.meta.dirname, '..', '..')

const entryOf = (root: string): string => join(root, '.output', 'server', 'index.mjs')

/** @throws Error with what to do */
export function checkBuild(root: string = projectRoot): void {
  if (!existsSync(entryOf(root))) throw new Error(`there is no build to measure (${root === projectRoot ? '' : `${root}/`}.output is missing): run \`npm run build\` first`)
}

/** Limits out of reach, every check running. Caps per address do not hold on loopback. */
const settings = { NUXT_RATE_LIMIT: '1000000', NUXT_MAX_CONNECTIONS: '1000000', NUXT_MAX_CONNECTIONS_PER_USER: '1000', NUXT_LOG_LEVEL: 'warn' }

async function seed(root: string, dataDir: string, { users, roomSize, missed = 0, stored = 0, directs = 0 }: World): Promise<void> {
  const child = startChild(join(root, 'bench', 'systems', 'seed.ts'), [`--data=${dataDir}`, `--users=${users}`, `--room=${roomSize}`, `--missed=${missed}`, `--stored=${stored}`, `--directs=${directs}`], { core: cores.generator })
  const code = await new Promise<number | null>(resolve => child.process.on('close', resolve))
  if (code !== 0) throw new Error(`the seed failed:\n${child.logs()}`)
}

/** The folders of large worlds, kept while the bench runs: filling one takes longer than measuring it. */
const filled = new Map<string, string>()

async function seededFolder(root: string, world: World): Promise<Folder> {
  const folder = await freshFolder()
  const { users, roomSize, missed, stored = 0, directs } = world
  const key = JSON.stringify([root, users, roomSize, missed, stored, directs])
  const kept = filled.get(key)
  if (kept !== undefined) {
    await cp(kept, folder.path, { recursive: true })
    return folder
  }
  await seed(root, folder.path, world)
  if (stored >= 100_000) {
    const copy = await freshFolder()
    await cp(folder.path, copy.path, { recursive: true })
    filled.set(key, copy.path)
    process.once('exit', () => copy.removeNow())
  }
  return folder
}

/** The port in Nitro's line on standard output. */
async function listeningPort(child: BenchChild): Promise<number> {
  const port = () => /Listening on http:\/\/\S+:(\d+)/.exec(child.logs())?.[1]
  return await new Promise((resolve, reject) => {
    const look = (): void => {
      const found = port()
      if (found !== undefined) resolve(Number(found))
    }
    child.process.stdout?.on('data', look)
    child.process.on('close', () => reject(new Error(`the server ended before it listened:\n${child.logs()}`)))
  })
}

export interface ParleyOptions {
  name?: string
  /** Project whose `.output` is measured; its sources fill the data folder. */
  root?: string
}

/** Parley as built. */
export const parleySystem = ({ name = 'parley', root = projectRoot }: ParleyOptions = {}): System => ({
  name,
  durable: true,
  async start(world) {
    const folder = await seededFolder(root, world)
    checkBuild(root)
    const child = startServer(entryOf(root), [], world, { ...settings, HOST: '127.0.0.1', PORT: '0', NUXT_DATA_DIR: folder.path })
    const port = await listeningPort(child)
    const { rooms, peers } = JSON.parse(await readFile(join(folder.path, 'bench-world.json'), 'utf8')) as Pick<Setup, 'rooms' | 'peers'>
    return running(child, { port, wire: 'parley', serverPid: child.pid, rooms, peers }, folder.remove)
  },
})
