/**
 * Nitro's request. Taken from the auto-imported class, because a bare `h3` in node_modules may be another major version than the one
 * that Nitro runs.
 */
export type RequestEvent = InstanceType<typeof H3Event>

/** Sets the status of the answer. Not by `setResponseStatus`: Nuxt has another function of that name, which type checks mistake for it. */
export function setStatus(event: RequestEvent, status: number): void {
  event.node.res.statusCode = status
}
