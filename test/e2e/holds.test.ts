import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Server } from './harness'
import { canServe, makeServer } from './harness'
import { hasTime } from '../support/needs'

const SYSTEM = 'debian-12-amd64-glibc'
const osRelease = 'ID=debian\nVERSION_ID="12"\n'
const VARIABLE = 'PLAYWRIGHT_BROWSERS_PATH'
const PLACE = '/root/.cache/ms-playwright'

const browser = (name: string) =>
  ['INSTALLATION_COMPLETE', 'chrome-linux/chrome'].map((file) => `${PLACE}/${name}/${file}`)

describe.skipIf(!canServe || !hasTime)(
  'files of an image that a mount would hide (needs root) (needs time)',
  () => {
    let server: Server
    let count = 0

    /** Deploys an image with these files, to a new app unless one is named. */
    async function deploy(files: readonly string[], app = `e2e-held-${++count}`) {
      const image = `e2e/held:${++count}`
      await server.makeImage(image, { files, osRelease })
      if (!(await server.dokku('apps:list')).stdout.includes(app)) {
        await server.dokku('apps:create', app)
      }
      const said = await server.deploy(app, image)
      expect(said.exit).toBe(0)
      return { app, said: said.stdout + said.stderr, container: await server.container(app) }
    }

    const cached = async (path: string) =>
      (await server.shell(`cat ${server.root}/ms-playwright/${SYSTEM}/${path} || true`)).trim()

    beforeAll(async () => {
      server = await makeServer()
      await server.installPlugin()
      expect(await server.dokku('shared-cache:setup')).toMatchObject({ exit: 0 })
    }, 300_000)
    afterAll(() => server.destroy(), 300_000)

    test('are copied before the first start, and the app finds them in the shared cache', async () => {
      const { said, container } = await deploy(browser('chromium-1'))
      expect(said).toContain(`from ${PLACE} in the image to the cache playwright`)
      expect(container.env[VARIABLE]).toBe(`/var/cache/shared-cache/ms-playwright/${SYSTEM}`)
      expect(await cached('chromium-1/chrome-linux/chrome')).toBe('content')
    })

    test('are copied once', async () => {
      const { app } = await deploy(browser('chromium-2'))
      const { said, container } = await deploy(browser('chromium-2'), app)
      expect(said).not.toContain('copied')
      expect(container.env).toHaveProperty(VARIABLE)
    })

    test('are copied again if the cache lost them', async () => {
      const { app } = await deploy(browser('chromium-3'))
      await server.shell(`rm -r ${server.root}/ms-playwright/${SYSTEM}/chromium-3`)
      expect((await deploy(browser('chromium-3'), app)).said).toContain('copied')
      expect(await cached('chromium-3/chrome-linux/chrome')).toBe('content')
    })

    test.each<[string, readonly string[], string, string]>([
      ['they are larger than allowed', browser('chromium-4'), '1', 'it is too large'],
      ['a browser is incomplete', [`${PLACE}/chromium-5/chrome`], '', 'chromium-5 is incomplete'],
      ['some are not part of the cache', [`${PLACE}/own`], '', 'own is not part of the cache'],
    ])('are kept if %s, and the app does not get that cache', async (_, files, limit, why) => {
      const words = ['--global', 'image-copy-max-size', ...(limit ? [limit] : [])]
      expect(await server.dokku('shared-cache:set', ...words)).toMatchObject({ exit: 0 })
      const { app, said, container } = await deploy(files)
      await server.dokku('shared-cache:set', '--global', 'image-copy-max-size')
      expect(said).toContain(why)
      expect(container.env).not.toHaveProperty(VARIABLE)
      expect(container.mounts.map((mount) => mount.container)).not.toContain(PLACE)
      const withheld = await server.dokku('shared-cache:report', app, '--shared-cache-withheld')
      expect(withheld.stdout).toContain(`image-files ${PLACE}`)
    })

    test('a file at the path of a home directory is harmless', async () => {
      const { said, container } = await deploy(['/app'])
      expect(said).not.toMatch(/refused|failed|cannot/)
      expect(container.env).toHaveProperty(VARIABLE)
    })

    test.each(['/root/.cache', '/root/.cache/pip'])(
      'nothing is mounted over a file: %s',
      async (path) => {
        const { app } = await deploy([path])
        const { container } = await deploy([path], app)
        const targets = container.mounts.map(({ container }) => container)
        expect(targets.filter((target) => `${target}/`.startsWith(`${path}/`))).toEqual([])
        expect(targets.length).toBeGreaterThan(0)
      },
    )

    test('new files of a later image are copied as well', async () => {
      const { app } = await deploy(browser('chromium-6'))
      await deploy([...browser('chromium-6'), ...browser('firefox-7')], app)
      expect(await cached('firefox-7/chrome-linux/chrome')).toBe('content')
    })
  },
)
