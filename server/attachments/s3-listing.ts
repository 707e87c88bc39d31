import { FileStoreUnavailable } from '#parley/server/attachments/ports.ts'

/** A page of a bucket's objects; `next` asks for the page behind it. */
export interface Listing { objects: { key: string, at: number }[], next?: string }

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': '\'' }
const plain = (xml: string): string => xml.replace(/&(?:amp|lt|gt|quot|apos);/g, entity => entities[entity] ?? entity)
const inside = (xml: string, element: string): string | undefined => new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]

/**
 * The answer to ListObjectsV2. Flat and made by a machine, so no more of XML is read than there is in it; an object whose time is unknown
 * counts as new, which keeps it from being taken for left over.
 *
 * @throws FileStoreUnavailable it is something else
 */
export function readListing(xml: string): Listing {
  if (!xml.includes('<ListBucketResult')) throw new FileStoreUnavailable('the list of objects is none')
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, entry = '']) => ({
    key: plain(inside(entry, 'Key') ?? ''),
    at: Date.parse(inside(entry, 'LastModified') ?? '') || Number.MAX_SAFE_INTEGER,
  }))
  const token = inside(xml, 'IsTruncated') === 'true' ? inside(xml, 'NextContinuationToken') : undefined
  return { objects, ...(token === undefined ? {} : { next: plain(token) }) }
}
