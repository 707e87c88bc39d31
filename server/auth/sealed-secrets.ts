import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Secrets as they lie in the store (A11): who gets hold of the database alone can make no codes with them. */
export interface SealedSecrets {
  /** @param owner a seal opens for this one only, so that a row copied to another user is worth nothing */
  seal(secret: Uint8Array, owner: string): string
  /** Undefined: damaged, another owner's, or sealed with another key. */
  open(sealed: string, owner: string): Uint8Array | undefined
}

const version = 'v1'
const [nonceBytes, tagBytes] = [12, 16]

/** @param key 32 bytes, base64url; kept beside the database, not in it */
export function createSealedSecrets(key: string): SealedSecrets {
  const bytes = Buffer.from(key, 'base64url')
  return {
    seal(secret, owner) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', bytes, nonce).setAAD(Buffer.from(owner))
      const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
      return `${version}.${sealed.toString('base64url')}`
    },
    open(sealed, owner) {
      const [mark, text = ''] = sealed.split('.')
      const all = Buffer.from(text, 'base64url')
      if (mark !== version || all.length <= nonceBytes + tagBytes) return undefined
      try {
        const decipher = createDecipheriv('aes-256-gcm', bytes, all.subarray(0, nonceBytes)).setAAD(Buffer.from(owner)).setAuthTag(all.subarray(-tagBytes))
        return Buffer.concat([decipher.update(all.subarray(nonceBytes, -tagBytes)), decipher.final()])
      }
      catch {
        return undefined
      }
    },
  }
}
