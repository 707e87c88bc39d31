/**
 * Every number that both sides of the wire must agree on, with the reason for that number.
 * Sizes are bytes and times are milliseconds unless the name says otherwise.
 */
export const limits = {
  /** T4: the largest client message. A text of 8,000 four-byte code points is 32 KB; this leaves room for JSON escapes and a small batch. */
  clientMessageBytes: 64 * 1024,
  /** T4: what a client fills a batch to; the rest is head-room for commas and brackets. */
  clientBatchBytes: 60 * 1024,
  /** T4: more fragments than any browser makes for 64 KiB; beyond, each tiny fragment costs the server an object. */
  clientFragments: 16,
  /** T4: a page of 200 longest texts fits; a phone on a poor line still gets it in seconds. */
  serverMessageBytes: 1024 * 1024,
  /** T3: frames in one message; bounds the work done before anything else gets its turn. */
  framesPerMessage: 64,
  /** S7: unanswered ops on one connection, so a lost link never costs more than one window of resends. */
  pipeline: 64,
  /** §5: code points of a text; long enough for a pasted log, short enough for a bubble. */
  textCodePoints: 8_000,
  /** §5: code points of `alt`; a screen reader reads it out in one go. */
  altCodePoints: 1_000,
  /** S9: `custom.data` as JSON. */
  customDataBytes: 16 * 1024,
  /** S9, X24: depth of `custom.data`; deeper JSON is an attack on recursive readers. */
  jsonDepth: 8,
  /** T1: label of a device in the list of connections. */
  appnameLength: 32,
  /** Longest reaction: one emoji with skin tone and joiners is at most about 35 UTF-16 units. */
  emojiLength: 48,
  /** Longest conversation title, in code points. */
  titleCodePoints: 120,
  /** Longest conversation topic, in code points. */
  topicCodePoints: 500,
  /** §11: user names. */
  usernameMin: 3,
  usernameMax: 32,
  displayNameMax: 64,
  /** §11: code points of a status. */
  statusCodePoints: 80,
  /** §11: an avatar of 256 pixels, as browsers make them, has a tenth of this. */
  avatarBytes: 256 * 1024,
  avatarPixelsMin: 16,
  avatarPixelsMax: 512,
  passwordMin: 8,
  passwordMax: 256,
  /** Y1: events in one sync page. */
  pageEvents: 200,
  /** Y2: a longer gap is shown as a gap instead of being pulled. */
  gapEvents: 1_000,
  /** Y3: messages in a history page. */
  historyDefault: 50,
  historyMax: 200,
  /** Y1, X31: sync requests in flight on one connection. */
  syncsInFlight: 2,
  /** §11: members inlined in a conversation summary; the rest by `…/members`. */
  inlineMembers: 50,
  /** O7: pinned messages of a conversation; more than anyone reads through. */
  pins: 50,
  /** U-R4: members up to which it is said who has read a message, and when; beyond, only how many have. */
  receiptMembers: 200,
  /** S9: in larger groups `@all` needs an admin. */
  mentionAllMembers: 20,
} as const

/** Times of PROTOCOL 8–10. Test builds divide all of them by one common factor. */
export const timing = {
  /** L1: well under the 60 s idle timeout of common proxies. */
  heartbeatInterval: 25_000,
  /** L1: pings of many connections must not fall into one tick. */
  heartbeatJitter: 0.1,
  /** L1: two pings and a grace; a dead peer frees its resources. */
  peerTimeout: 60_000,
  /** L2: one ping interval with its jitter, and a slow network. */
  clientSilence: 35_000,
  /** L2: how long an answer to a probe may take. */
  probeTimeout: 3_000,
  /** L2: how long frames may come without one that answers; on a slow way down the answer waits behind many. */
  answerTimeout: 15_000,
  /** L2: silence before a send that makes the link suspicious. */
  probeBeforeSend: 10_000,
  /** L2: an op unanswered for this long makes the link suspicious. */
  opSilence: 3_000,
  /** L2: ping rate while a connection is paused or its op waits, so a busy store is not taken for a dead link. */
  busyPing: 2_000,
  /** C2: time limits of the three steps of connecting. */
  ticketTimeout: 5_000,
  connectTimeout: 10_000,
  welcomeTimeout: 5_000,
  /** C2: full-jitter backoff. */
  backoffBase: 500,
  backoffMax: 30_000,
  /** C2: a connection that lived this long resets the backoff; a flapping one does not. */
  stableAfter: 10_000,
  /** O4. */
  auditInterval: 15_000,
  /** §8. */
  typingEvery: 3_000,
  typingExpires: 6_000,
  presenceGrace: 10_000,
  receiptEvery: 1_000,
  /** L3: how long a connection may lag before it is ended. */
  lagLimit: 30_000,
  /** L4: how long a connection may be held back by flow control. */
  floodLimit: 30_000,
  /** L5. */
  drainSpread: 5_000,
  drainLimit: 10_000,
  /** A1. */
  ticketAge: 30_000,
  /** A4: a connection heard from within this time is alive and is not displaced. */
  displaceSilence: 30_000,
  /** A5: sliding life of a login. */
  loginAge: 30 * 24 * 3_600_000,
  /** A5, X33: life of a login at a shared computer, which does not slide. */
  sharedLoginAge: 12 * 3_600_000,
} as const

/** L3: bytes buffered towards one connection (and, last, towards all of them). */
export const sendBudget = {
  dropEphemeral: 256 * 1024,
  withhold: 1024 * 1024,
  terminate: 4 * 1024 * 1024,
  total: 128 * 1024 * 1024,
} as const
