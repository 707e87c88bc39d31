import { toJsonSchema } from '@valibot/to-json-schema'
import { contentSchema } from '#parley/shared/protocol/content.ts'
import type { Schema } from '#parley/scripts/openapi/type-schemas.ts'

/** What neither a handler's types nor its schemas can tell. */
export interface ByHand {
  body?: { [mime: string]: Schema }
  /** Instead of JSON. */
  answers?: string
  /** Leads elsewhere (302). */
  redirects?: true
  /** Name of a type in shared/http.ts, for what is passed on as text. */
  answer?: string
}

const bytes: Schema = { type: 'string', format: 'binary' }

export const byHand: Record<string, ByHand> = {
  'POST /api/conversations/{id}/messages': {
    body: {
      'application/json': {
        type: 'object',
        properties: {
          cid: { type: 'string', format: 'uuid', description: 'The identity of this message, made by the client once (S3).' },
          content: toJsonSchema(contentSchema, { typeMode: 'input', errorMode: 'ignore', target: 'draft-2020-12' }),
          replyTo: { type: 'integer', minimum: 1 },
        },
        required: ['cid', 'content'],
      },
    },
  },
  'GET /api/conversations/{id}/messages': { answer: 'HistoryResponse' },
  'POST /api/attachments': { body: { 'multipart/form-data': { type: 'object', properties: { preview: bytes, file: bytes }, required: ['file'] } } },
  'POST /api/avatars': { body: { 'image/png': bytes, 'image/jpeg': bytes, 'image/webp': bytes } },
  'GET /api/attachments/{id}': { answers: 'application/octet-stream' },
  'GET /api/attachments/{id}/preview': { answers: 'image/*' },
  'GET /api/avatars/{id}': { answers: 'image/*' },
  'GET /api/auth/oidc/start': { redirects: true },
  'GET /api/auth/oidc/callback': { redirects: true },
  'GET /api/me/export': { answers: 'application/zip' },
  'GET /api/admin/audit/export': { answers: 'application/jsonl' },
}
