import { join } from 'node:path'
import type { Setup } from '#parley/bench/load/commands.ts'
import type { WireName } from '#parley/bench/load/wires.ts'
import { roomName, roomOfUser, tokenOf } from '#parley/bench/servers/rooms.ts'
import { freshFolder } from '#parley/bench/systems/child.ts'
import { running, startServer, toldPort } from '#parley/bench/systems/server.ts'
import type { System, World } from '#parley/bench/systems/system.ts'

const serverFile = (name: string): string => join(import.meta.dirname, '..', 'servers', name)

const worldArguments = ({ users, roomSize, missed = 0 }: World): string[] => [`--users=${users}`, `--room=${roomSize}`, `--missed=${missed}`]

function setupOf(world: World, port: number, wire: WireName, serverPid: number): Setup {
  const rooms = Array.from({ length: Math.ceil(world.users / world.roomSize) }, (_, room) => ({
    id: roomName(room), size: Math.min(world.roomSize, world.users - room * world.roomSize),
  }))
  return { port, wire, serverPid, rooms, peers: Array.from({ length: world.users }, (_, user) => ({ token: tokenOf(user), room: roomOfUser(user, world) })) }
}

/** Bare `ws`, nothing stored; see bench/servers/plain.ts. */
export const plainSystem = (name: string, form: 'string' | 'prebuilt' | 'coalesced'): System => ({
  name,
  durable: false,
  async start(world) {
    const child = startServer(serverFile('plain.ts'), [`--form=${form}`, ...worldArguments(world)], world)
    return running(child, setupOf(world, await toldPort(child), 'plain', child.pid), async () => undefined)
  },
})

/** socket.io on the same SQLite settings; see bench/servers/socket-io.ts. */
export const socketIoSystem = (name: string, commit: 'each' | 'group'): System => ({
  name,
  durable: true,
  async start(world) {
    const folder = await freshFolder()
    const child = startServer(serverFile('socket-io.ts'), [`--commit=${commit}`, `--data=${folder.path}`, ...worldArguments(world)], world)
    return running(child, setupOf(world, await toldPort(child), 'socket.io', child.pid), folder.remove)
  },
})
