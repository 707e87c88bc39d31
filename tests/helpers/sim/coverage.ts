/**
 * What the seeds of a suite must have met, or they speak for less than they seem to: a fault that is never drawn, or a repair that is
 * never needed, is a part of the promise that nobody looks at.
 */
export const mustHappen: Readonly<Record<string, readonly string[]>> = {
  'trouble on the wire': ['link: reset', 'link: cut up', 'link: cut down', 'link: half-open up', 'link: half-open down', 'link: half-open both', 'link: slow'],
  'trouble at the handshake and over HTTP': ['handshake: refused', 'handshake: silent', 'handshake: mute', 'handshake: bad-ticket', 'http: busy', 'http: fails'],
  'trouble of a network': ['network: offline', 'network: quiet', 'network: hole', 'network: captive'],
  'messages between nodes lost, doubled and overtaken': ['backplane: lost', 'backplane: doubled', 'backplane: overtaken'],
  'servers killed at every point, and replaced': ['kill: now', 'kill: before-commit', 'kill: after-commit', 'kill: before-ack', 'kill: after-ack', 'kill: before-publish', 'drain'],
  'a store in trouble': ['disk: busy', 'disk: full', 'disk: slow', 'disk: unknown', 'disk: unreadable', 'backup restored'],
  'pages gone, frozen and hidden': ['tab: reload', 'tab: crash', 'tab: frozen', 'tab: hidden', 'site data: discarded'],
  'devices in trouble': ['device storage: quota', 'device storage: unavailable', 'site data: cleared while closed', 'site data: cleared under open pages'],
  'clocks that jump': ['clock: node', 'clock: device'],
  '[O7] messages pinned, conversations described anew': ['pin: on', 'pin: off', 'described anew'],
  'members that come and go': ['member: join', 'member: leave', 'member: role', 'notice: removed'],
  '[S3] [S4] [S5] ops sent again, known, held and of unknown fate': ['op: sent again', 'op: duplicate', 'store: busy', 'store: full', 'store: fate unknown', 'status: busy', 'status: full', 'status: ok', 'close: 4007'],
  '[O3] [O4] holes read, and found by the audit': ['hole read from the store', 'log: audit found events that were not pushed'],
  '[L1] [L2] [L3] [L5] slow and silent peers, dead links, shutdown': ['lag: ended by heads', 'close: 4003', 'close: 4004', 'connection: lost', 'close: 1012', 'connection: restart'],
  '[Y1] [Y2] [W4] pages pulled, conversations reset, histories replaced': ['page', 'page: reset', 'notice: history_reset'],
}
