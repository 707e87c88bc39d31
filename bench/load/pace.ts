/**
 * Calls `act` once for each time of a fixed schedule, `rate` times a second, with the time it was meant for. Where `act` or the machine
 * falls behind, what is due is made up at once, and each call still gets its own intended time: no coordinated omission.
 *
 * @returns resolves when the last one has been called
 */
export function pace(rate: number, seconds: number, act: (intended: number) => void): Promise<void> {
  const total = Math.round(rate * seconds)
  const start = performance.now() + 1
  const step = 1000 / rate
  let sent = 0
  return new Promise((resolve) => {
    const turn = (): void => {
      const now = performance.now()
      // A bounded run, so that answers are read between two of them.
      for (let burst = 0; burst < 256 && sent < total && start + sent * step <= now; burst++, sent++) act(start + sent * step)
      if (sent === total) return resolve()
      // Timers are a millisecond coarse: close to the time the loop turns instead.
      if (start + sent * step - now > 2) setTimeout(turn, 1)
      else setImmediate(turn)
    }
    turn()
  })
}
