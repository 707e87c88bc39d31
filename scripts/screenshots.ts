import { launchBrowser } from '#parley/tests/helpers/browser.ts'
import { startServer } from '#parley/tests/helpers/server-process.ts'
import { gatherTeam } from '#parley/tests/helpers/places/team.ts'
import { photographAll } from '#parley/scripts/pictures/all.ts'
import { photographForReadme } from '#parley/scripts/pictures/readme.ts'

/**
 * Pictures of the built server, with a team that is made for it and thrown away: `npm run build && npm run screenshots`.
 *
 *   npm run screenshots                        those of the README, in docs/images/
 *   npm run screenshots -- --all [place …]     every place, or some, in each look; in screenshots/, which git ignores
 */
const [mode, ...names] = process.argv.slice(2)
const [browser, server] = await Promise.all([
  launchBrowser({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] }),
  startServer({ env: { NUXT_RATE_LIMIT: '0' } }),
])
try {
  const team = await gatherTeam(server.url)
  if (mode === '--all') await photographAll(browser, team, names)
  else await photographForReadme(browser, team)
}
finally {
  await browser.close()
  await server.dispose()
}
