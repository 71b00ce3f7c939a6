import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDoubleServer } from './double-server'
import type { Server } from './harness'
import { canServe } from './harness'

const SYSTEM = 'debian-12-amd64-glibc'
const APP = 'e2e-browsers'

describe.skipIf(!canServe)('an app whose build installed browsers in a cache (needs root)', () => {
  let server: Server

  beforeAll(async () => {
    server = await makeDoubleServer()
    await server.installPlugin()
    expect(await server.dokku('shared-cache:setup')).toMatchObject({ exit: 0 })
    await server.makeImage('e2e/browsers:1', { osRelease: 'ID=debian\nVERSION_ID="12"\n' })
    await server.dokku('apps:create', APP)
  }, 300_000)
  afterAll(() => server.destroy(), 300_000)

  /** Output of the trigger before containers start, with these files in the directory of its system. */
  async function release(files: readonly string[], more = ''): Promise<string> {
    const directory = `${server.root}/ms-playwright/${SYSTEM}`
    const make = files.map((path) => `mkdir -p $(dirname ${path}); touch ${path}`)
    const empty = `rm -rf ${directory}; mkdir -p ${directory}; cd ${directory}`
    await server.shell([empty, ...make, more].join('\n'))
    // The note that the trigger before the build writes.
    const note = `${server.lib}/config/shared-cache/${APP}/rewritten-browsers`
    await server.shell(`mkdir -p $(dirname ${note}); echo ${SYSTEM} >${note}`)
    const said = await server.trigger('pre-release-builder', 'dockerfile', APP, 'e2e/browsers:1')
    expect(said.exit).toBe(0)
    return said.stderr
  }

  test.each<[string, readonly string[]]>([
    ['chromium', ['chromium-1187/INSTALLATION_COMPLETE']],
    ['a headless shell', ['chromium_headless_shell-1187/INSTALLATION_COMPLETE']],
    ['one for a system', ['webkit_debian12_x64_special-2105/INSTALLATION_COMPLETE']],
    ['one beside what is cut off', ['chromium-1/chrome', 'firefox-1490/INSTALLATION_COMPLETE']],
  ])('a browser is found: %s', async (_, files) =>
    expect(await release(files)).not.toContain('no browsers'),
  )

  test('a browser behind a link is not found', async () => {
    const elsewhere = `${server.root}/ms-playwright/elsewhere`
    await server.shell(`mkdir -p ${elsewhere}; touch ${elsewhere}/INSTALLATION_COMPLETE`)
    expect(await release([], `ln -s ${elsewhere} chromium-1187`)).toContain('no browsers')
  })

  test.each<[string, readonly string[]]>([
    ['nothing', []],
    ['a browser that was not installed to its end', ['chromium-1187/chrome-linux/chrome']],
    ['only what browsers record videos with', ['ffmpeg-1011/INSTALLATION_COMPLETE']],
  ])('the log reports no browser if there is %s', async (_, files) =>
    expect(await release(files)).toContain(
      `no browsers for ${APP}, the shared cache has none: run dokku ps:rebuild ${APP}`,
    ),
  )
})
