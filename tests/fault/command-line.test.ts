import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { needParley, parley } from '#parley/tests/helpers/command-line.ts'
import { HttpClient } from '#parley/tests/helpers/http-client.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import { connect } from '#parley/tests/helpers/socket-client.ts'

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-command-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function running(dataDir: string) {
  const server = await startServer({ dataDir, env: { NUXT_RATE_LIMIT: '0' } })
  onTestFinished(() => server.dispose())
  return server
}

const logIn = (base: string, username: string, password: string) => new HttpClient(base).call('POST', '/api/auth/login', { username, password })

describe('parley user', () => {
  test('[X9] makes the first admin before the server has ever run, and looks after accounts while it does', async () => {
    const dataDir = await newFolder()
    const password = 'a horse in the attic'
    // Refused, it leaves no account behind, which nobody could log in to and which would be in the way of the next try.
    for (const weak of ['short', 'ann', 'password']) expect((await parley(['user', 'add', 'ann', '--password-stdin'], { dataDir, input: `${weak}\n` })).error).toMatch(/^parley: that password is /)
    expect(await needParley(['user', 'add', 'ann', '--password-stdin'], { dataDir, input: `${password}\n` })).toContain('ann has an account and is an admin')
    const { url, logs } = await running(dataDir)
    expect(logs()).not.toContain('set-up code')
    const ann = new HttpClient(url)
    expect((await ann.call('POST', '/api/auth/login', { username: 'ann', password })).status).toBe(200)

    const told = await needParley(['user', 'add', 'ben', '--url', 'https://chat.example.com/'], { dataDir })
    const [, token] = /https:\/\/chat\.example\.com\/reset\/([\w-]+) until/.exec(told) ?? []
    const ben = new HttpClient(url)
    expect((await ben.call('POST', `/api/reset/${token}`, { password: 'another horse there' })).status).toBeLessThan(300)
    expect((await ben.call('POST', '/api/auth/login', { username: 'ben', password: 'another horse there' })).status).toBe(200)

    await needParley(['user', 'disable', 'ben'], { dataDir })
    expect((await ben.call('GET', '/api/me')).status).toBe(401)
    expect((await logIn(url, 'ben', 'another horse there')).status).not.toBe(200)
    await needParley(['user', 'enable', 'Ben'], { dataDir })
    expect((await logIn(url, 'ben', 'another horse there')).status).toBe(200)

    expect((await parley(['user', 'demote', 'ann'], { dataDir })).error).toBe('parley: that is the last admin who can log in; make another one first\n')
    await needParley(['user', 'promote', 'ben'], { dataDir })
    await needParley(['user', 'demote', 'ann'], { dataDir })
    expect((await ann.call<{ user: { role: string } }>('GET', '/api/me')).body.user.role).toBe('member')
    await needParley(['user', 'reset', 'ann', '--password-stdin'], { dataDir, input: 'the third horse\n' })
    expect((await ann.call('GET', '/api/me')).status).toBe(401)
    expect((await logIn(url, 'ann', 'the third horse')).status).toBe(200)
    // [A6] Nothing that was typed or made here stands in the server's log.
    for (const secret of [password, 'another horse there', 'the third horse', token!]) expect(logs()).not.toContain(secret)
  })
})

describe('parley export and import', () => {
  test('[O4] between two servers that run: people there see the conversation with its times, and once', async () => {
    const [from, to] = [await newFolder(), await newFolder()]
    for (const dataDir of [from, to]) await needParley(['user', 'add', 'ann', '--password-stdin'], { dataDir, input: 'a horse in the attic\n' })
    const [source, target] = [await running(from), await running(to)]
    const ann = new HttpClient(source.url)
    await ann.need('POST', '/api/auth/login', { username: 'ann', password: 'a horse in the attic' })
    const { id: room } = await ann.group('room')
    const form = new FormData()
    form.append('file', new Blob(['the file']), 'a.txt')
    const { attachment } = await (await fetch(`${source.url}/api/attachments`, { method: 'POST', body: form, headers: { cookie: ann.cookie, origin: source.url } })).json() as { attachment: object }
    const socket = await connect(ann)
    socket.send({ type: 'send', cid: '0192f1a0-0000-7000-8000-0000000000aa', conversation: room, content: { type: 'file', attachment: attachment as never, text: 'see there' } })
    await socket.next('ack')
    await socket.close()
    interface History { messages: { seq: number, at: number, content: { attachment: { id: string } } }[] }
    const { messages } = await ann.need<History>('GET', `/api/conversations/${room}/messages`)

    const file = join(from, 'room.jsonl')
    await needParley(['export', file, '--conversation', room], { dataDir: from })
    await needParley(['import', file, '--same-names'], { dataDir: to })
    expect(await needParley(['import', file, '--same-names'], { dataDir: to })).toContain('0 events added, 1 were here already')
    const there = new HttpClient(target.url)
    await there.need('POST', '/api/auth/login', { username: 'ann', password: 'a horse in the attic' })
    const arrived = await there.need<History>('GET', `/api/conversations/${room}/messages`)
    expect(arrived.messages.map(({ seq, at, content }) => ({ seq, at, content }))).toEqual(messages.map(({ seq, at, content }) => ({ seq, at, content })))
    const bytes = await fetch(`${target.url}/api/attachments/${messages[0]!.content.attachment.id}`, { headers: { cookie: there.cookie } })
    expect(await bytes.text()).toBe('the file')
    expect(await needParley(['gc', '--dry-run'], { dataDir: to })).toContain('0 files without a record')
    expect(await needParley(['gc'], { dataDir: to })).toContain('Erased: 0 messages beyond their retention, 0 files')
  })
})

describe('what cannot be done', () => {
  test.each([
    ['an option that there is not', ['backup', 'a.tar', '--kep', '7'], 'parley: there is no option --kep; see --help\n'],
    ['one argument too many', ['backup', 'a.tar', 'b.tar'], 'parley: "b.tar" is one argument too many; see --help\n'],
    ['a number that is none', ['backup', 'a.tar', '--keep', 'all'], 'parley: --keep all: not a whole number of at least 1\n'],
    ['a data folder without a database', ['backup', 'a.tar', '--data-dir', '/nowhere/at/all'], 'parley: there is no database in /nowhere/at/all; set NUXT_DATA_DIR to the server\'s data folder\n'],
    ['a file that is not there', ['restore', '/nowhere.tar', '--check'], 'parley: ENOENT: no such file or directory, open \'/nowhere.tar\'\n'],
  ])('%s is told in one line, with exit code 1', async (_name, args, error) => {
    expect(await parley(args)).toMatchObject({ code: 1, out: '', error })
  })

  test('half a setting is told by its name, as the server does', async () => {
    const { code, error } = await parley(['gc'], { env: { NUXT_S3_BUCKET: 'files' } })
    expect([code, error]).toEqual([1, 'parley: NUXT_S3_ENDPOINT: is missing, though others of NUXT_S3_… are set\n'])
  })

  test('a data folder of another version is not changed while its server runs', async () => {
    const dataDir = await newFolder()
    await needParley(['user', 'add', 'ann'], { dataDir })
    const server = await running(dataDir)
    const path = join(dataDir, 'parley.db')
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(path)
    database.exec('delete from kysely_migration where name = (select max(name) from kysely_migration)')
    database.close()
    expect((await parley(['user', 'promote', 'ann'], { dataDir })).error).toBe(`parley: the server that runs on ${path} is of another version; use the command line of that version, or stop the server first\n`)
    expect((await fetch(`${server.url}/api/ready`)).status).toBe(200)
  })
})

test('the built command line stands alone: its version, its help, and nothing of the sources', async () => {
  expect((await needParley(['--version'])).trim()).toMatch(/^\d+\.\d+\.\d+$/)
  const help = await needParley(['--help'])
  for (const command of ['backup', 'restore', 'export', 'import', 'user', 'gc', 'doctor']) expect(help).toContain(command)
  const folder = await newFolder()
  await writeFile(join(folder, 'x.tar'), '')
  expect((await parley(['restore', join(folder, 'x.tar'), '--check'])).error).toMatch(/is damaged or not whole/)
  expect(await readFile(join(folder, 'x.tar'), 'utf8')).toBe('')
})
