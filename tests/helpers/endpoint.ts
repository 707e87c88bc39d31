/** The JSON body of a request in the test environment, which holds it as text on the Node request of an h3 1 event. */
export function jsonBody(event: object): unknown {
  const { body } = (event as { node: { req: { body?: unknown } } }).node.req
  return typeof body === 'string' ? JSON.parse(body) : body
}

/** An error as the HTTP interface answers it. */
export function errorAnswer(status: number, code: string): Response {
  return Response.json({ statusCode: status, message: code, data: { code } }, { status })
}
