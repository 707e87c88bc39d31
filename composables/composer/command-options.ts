/** A command as the list above the box offers it. */
export interface OfferedCommand {
  name: string
  /** What stands behind the name, in words; empty: nothing has to. */
  hint: string
  note: string
}

/** Commands whose name begins like the query; the one that is typed in full goes first. */
export function commandOptions(commands: readonly OfferedCommand[], query: string, most: number): OfferedCommand[] {
  const wanted = query.toLowerCase()
  const fitting = commands.filter(({ name }) => name.startsWith(wanted))
  return [...fitting.filter(({ name }) => name === wanted), ...fitting.filter(({ name }) => name !== wanted)].slice(0, most)
}
