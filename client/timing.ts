import { timing } from '#parley/shared/protocol/index.ts'

/** The durations of PROTOCOL 8–10 as this client uses them, in ms; test builds shorten them. */
export type ClientTiming = { [name in keyof typeof timing]: number }

export const clientTiming = (changes: Partial<ClientTiming> = {}): ClientTiming => ({ ...timing, ...changes })
