import type { Connections, Seat } from '#parley/server/chat/connections.ts'
import type { ChatContext } from '#parley/server/chat/context.ts'
import type { ChatFigures } from '#parley/server/chat/figures.ts'

interface Sources<S extends Seat & { readonly buffered: number, readonly lagging: boolean }> {
  context: ChatContext
  connections: Connections<S>
  sockets: number
  store: ChatFigures['store']
  draining: boolean
}

/** How a node stands now: looks at each connection, so it is for who asks every some seconds. */
export function figuresOf<S extends Seat & { readonly buffered: number, readonly lagging: boolean }>({ context, connections, sockets, store, draining }: Sources<S>): ChatFigures {
  let [buffered, lagging] = [0, 0]
  for (const connection of connections.all()) {
    buffered += connection.buffered
    if (connection.lagging) lagging++
  }
  return { counters: context.counters, connections: connections.size, users: connections.users().length, sockets, buffered, lagging, store, draining }
}
