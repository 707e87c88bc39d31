import type { UploadFate } from '#parley/server/attachments/attachments.ts'
import type { ChatFigures, StoreFigures } from '#parley/server/chat/figures.ts'
import type { PushFate } from '#parley/server/push/push-sender.ts'

/** Where the numbers of /metrics come from; asked at each scrape and at no other time. */
export interface MetricSources {
  chat(): ChatFigures
  store: StoreFigures
  uploads(): { fates: [UploadFate, number][], bytes: number }
  push(): { fates: [PushFate, number][], waiting: number }
  process: ProcessFigures
}

/** What is counted around the chat: answers over HTTP, refused upgrades, and what nobody handled. */
export interface ProcessFigures {
  /** By status. */
  responses: [number, number][]
  upgrades: [number, number][]
  unhandled: number
}
