import type { ClientSocket, SocketHandlers } from '#parley/client/environment.ts'

/**
 * A browser WebSocket as ClientSocket. Once abandoned, none of its handlers runs again: `onclose` of a half-open link comes a minute
 * later, when the next socket has long been in use (B2, R11). A constructor that throws is a socket that closes at once.
 */
export function openWebSocket(url: string, protocols: string[], handlers: SocketHandlers): ClientSocket {
  let socket: WebSocket
  try {
    socket = new WebSocket(url, protocols)
  }
  catch {
    return deadSocket(handlers)
  }
  socket.onopen = () => handlers.open()
  socket.onmessage = (event) => {
    if (typeof event.data === 'string') handlers.message(event.data)
  }
  socket.onclose = event => handlers.close(event.code, event.reason)
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    close: (code, reason) => closeSocket(socket, code, reason),
    abandon(code, reason) {
      socket.onopen = null
      socket.onmessage = null
      socket.onclose = null
      closeSocket(socket, code, reason)
    },
    get bufferedAmount() {
      return socket.bufferedAmount
    },
  }
}

function closeSocket(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason)
  }
  catch {
    socket.close() // a browser may refuse a code; the link must go all the same
  }
}

function deadSocket(handlers: SocketHandlers): ClientSocket {
  let abandoned = false
  queueMicrotask(() => {
    if (!abandoned) handlers.close(1006, '')
  })
  return {
    send() {},
    close() {},
    abandon() {
      abandoned = true
    },
    bufferedAmount: 0,
  }
}
