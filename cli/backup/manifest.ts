import * as v from 'valibot'
import { CommandError } from '#parley/cli/command-error.ts'

/** Raised when an older program could no longer read what this one writes. */
const formatVersion = 1

const manifestSchema = v.object({
  format: v.literal('parley-backup'),
  version: v.number(),
  /** Ms since 1970: the moment that the backup shows. */
  madeAt: v.number(),
  /** The program that made it. */
  parley: v.string(),
  epoch: v.string(),
  migrations: v.array(v.string()),
  rows: v.record(v.string(), v.number()),
  /** `elsewhere`: the bytes of files lie in an object storage, which has its own backup. */
  files: v.picklist(['included', 'elsewhere']),
  /** Ids of files that were gone from the data folder already. */
  missing: v.array(v.string()),
})

/** What a backup says of itself. */
export type Manifest = Omit<v.InferOutput<typeof manifestSchema>, 'format' | 'version'>

export const manifestText = (manifest: Manifest): string => `${JSON.stringify({ format: 'parley-backup', version: formatVersion, ...manifest }, undefined, 2)}\n`

/** @throws CommandError */
export function readManifest(text: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  }
  catch {
    throw new CommandError('the backup does not say what it is: its manifest.json is damaged')
  }
  const parsed = v.safeParse(manifestSchema, value)
  if (!parsed.success) throw new CommandError('this is no backup of Parley')
  const { format, version, ...manifest } = parsed.output
  if (version > formatVersion) throw new CommandError(`the backup was made by a newer version of Parley (${manifest.parley})`)
  return manifest
}
