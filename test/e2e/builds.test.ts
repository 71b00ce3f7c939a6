import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownArchitecture } from '../../src/shared-cache/dockerfile/host/dockerfile'
import { makeDoubleServer } from './double-server'
import { REAL, canServe } from './harness'
import { hasAcl } from '../support/needs'

type DoubleServer = Awaited<ReturnType<typeof makeDoubleServer>>

const FRONTEND = 'docker/dockerfile:1-labs'
const APP = 'e2e-build'
const OTHER = 'e2e-other'
const PLAIN = 'FROM base\nRUN npm ci\n'
const REWRITTEN = 'FROM base\nRUN --device=dokku.com/shared-cache=npm npm ci\n'
const SPECIFICATION = '/etc/cdi/dokku-shared-cache.json'

let server: DoubleServer

/** As after a build that succeeds. */
const finish = (app: string) =>
  server.shell(
    `DOKKU_LIB_ROOT=${server.lib} ${server.lib}/core-plugins/available/common/prop del shared-cache ${app} build-record`,
  )

/** The result of the triggers of a build: the built file, options, the lines of the log. */
async function build(dockerfile: string, before = 'true', app = APP) {
  const result = await begin(dockerfile, before, app)
  await finish(app)
  return result
}

/** The same for a build of which nobody knows whether it succeeds. */
async function begin(dockerfile: string, before = 'true', app = APP) {
  const text = Buffer.from(dockerfile).toString('base64')
  const folder = (await server.shell('mktemp -d')).trim()
  await server.shell(`cd ${folder}; echo ${text} | base64 -d >Dockerfile; chmod 777 .; ${before}`)
  const said = await server.trigger('pre-build', 'dockerfile', app, folder)
  const built = await server.shell(`cat ${folder}/Dockerfile`)
  const shim = `${server.lib}/plugins/available/shared-cache/docker-args-process-build`
  const options = await server.shell(
    `cd ${folder}; DOKKU_LIB_ROOT=${server.lib} ${shim} ${app} dockerfile`,
  )
  return { exit: said.exit, log: said.stdout.trim(), built, options }
}

const dokku = async (...words: string[]) => {
  expect(await server.dokku(...words)).toMatchObject({ exit: 0 })
}

// This changes files outside the plugin, which a real server has to keep.
describe.skipIf(!canServe || !hasAcl || REAL !== '')(
  'the build of a Dockerfile (needs root) (needs acl)',
  () => {
    beforeAll(async () => {
      server = await makeDoubleServer()
      await server.installPlugin()
      await server.makeImage(FRONTEND, {})
      await server.shell('mkdir /etc/cdi')
      await dokku('shared-cache:setup')
      await dokku('apps:create', APP)
      await dokku('apps:create', OTHER)
    }, 300_000)
    afterAll(() => server.destroy(), 300_000)

    test('uses its caches, named in a line of the log, and the frontend that supports them', async () => {
      expect(await build(PLAIN)).toEqual({
        exit: 0,
        log: '-----> Shared caches: npm (line 2)',
        built: REWRITTEN,
        options: ` --build-arg BUILDKIT_SYNTAX=${FRONTEND}`,
      })
    })

    test('that did not finish is followed by one without caches, until one of both succeeds', async () => {
      const begun = async () => {
        const { built, log } = await begin(PLAIN)
        return { given: built === REWRITTEN, log: log.split('\n')[0] }
      }
      const succeed = () => server.trigger('pre-release-builder', 'dockerfile', APP, 'no-image')
      const first = '-----> Shared caches: not used in this build: '
      const [used, again] = [
        'npm (line 2)',
        'used again: the build without them did not finish either',
      ]
      const trial = { given: false, log: `${first}the last build used them and did not finish` }

      expect(await begun()).toEqual({ given: true, log: `-----> Shared caches: ${used}` })
      expect(await begun()).toEqual(trial)
      expect(await begun()).toEqual({ given: true, log: `-----> Shared caches: ${again}` })
      expect(await begun()).toEqual(trial)
      expect((await succeed()).stdout).toContain(`so ${APP} builds without them now`)
      expect((await begun()).log).toContain(first)
      await succeed()
      expect((await server.dokku('shared-cache:report', APP)).stdout).toContain(
        'line 2 (npm ci): npm',
      )
      const said = (await server.dokku('shared-cache:doctor', APP)).stdout
      expect(said).toContain(`dokku shared-cache:enable ${APP}`)

      const enabled = await server.dokku('shared-cache:enable', APP)
      expect(enabled.stdout).toContain(`The next build of ${APP} uses the caches again`)
      expect(await begun()).toEqual({ given: true, log: `-----> Shared caches: ${used}` })
      await succeed()
      expect(await begun()).toEqual({ given: true, log: `-----> Shared caches: ${used}` })
      await finish(APP)
    })

    test('after which a cache has lost its files does not get that cache again', async () => {
      const content = `${server.root}/npm/_cacache/content-v2/sha512`
      const fill = `for i in $(seq 10 40); do mkdir -p ${content}/$i/a; echo >${content}/$i/a/x; done`
      const file = 'FROM base\nRUN npm ci\nRUN pip install x && npm ci --foo\n'
      const succeed = () => server.trigger('pre-release-builder', 'dockerfile', OTHER, 'no-image')
      await begin(file, fill, OTHER)
      await server.shell(`rm -r ${content}`)
      const said = await succeed()
      expect(said.stderr).toContain('npm lost most of its files in the build of ')
      expect(said.stderr).toContain('line 2 (npm ci) does not get it any more')
      const next = await begin(file, 'true', OTHER)
      expect(next.built).not.toContain('shared-cache=npm')
      expect(next.built).toContain('shared-cache=pip')
      expect(next.log).toContain('the cache had lost most of its files after an earlier build')
      expect((await server.dokku('shared-cache:doctor', OTHER)).stdout).toContain(
        'lost most of its files',
      )
      await dokku('shared-cache:enable', OTHER)
      expect((await build(file, 'true', OTHER)).built).toContain('shared-cache=npm')
    })

    test('is the same to the byte each time', async () => {
      expect((await build(PLAIN)).built).toBe((await build(PLAIN)).built)
    })

    test('a new base image gets devices and directories of its own', async () => {
      const { built, log } = await build('FROM other:3\nRUN pip install flask\n')
      expect(log).toBe('-----> Shared caches: pip (line 2)')
      const [, key = ''] = /shared-cache=pip-([0-9a-f]{16}) /.exec(built) ?? []
      const modes = `stat -c '%F %U %a' ${server.root}/pip/base-${key} ${server.root}/pip/http-v2`
      expect(await server.shell(modes)).toBe('directory root 777\ndirectory root 777\n')
      const link = await server.shell(`readlink ${server.root}/pip/base-${key}/http-v2`)
      expect(link).toBe('../http-v2\n')
    })

    test('recent files for the former system of a base image are deleted when its tag changes', async () => {
      const FIRST = 'debian-12-amd64-glibc'
      const image = `dokku/${APP}:latest`
      const wheel = (age: string, digit: string) => `
      d=${server.root}/pip/${FIRST}/wheels/aa/bb/cc/${digit.repeat(50)}; mkdir -p $d
      echo wheel >$d/x-1.0-py3-none-any.whl; touch -d '${age}' $d/x-1.0-py3-none-any.whl`
      const left = () => server.shell(`cd ${server.root}/pip/${FIRST}/wheels/aa/bb/cc; ls`)
      const release = async (version: string) => {
        const osRelease = `ID=debian\nVERSION_ID="${version}"\n`
        await server.makeImage(image, { osRelease })
        await build('FROM moving:1\nRUN pip install x\n')
        return (await server.trigger('pre-release-builder', 'dockerfile', APP, image)).stdout
      }
      expect(await release('12')).not.toContain('moving:1 changed from')
      await server.shell(`${wheel('1 hour ago', 'a')}; ${wheel('2 days ago', 'b')}`)
      expect(await release('12')).not.toContain('moving:1 changed from')
      expect((await left()).split('\n')).toHaveLength(3)
      const said = await release('13')
      expect(said).toContain(`moving:1 changed from ${FIRST} to debian-13-amd64-glibc`)
      expect(await left()).toBe(`${'b'.repeat(50)}\n`)
      expect(await release('13')).not.toContain('moving:1 changed from')
    })

    describe('the base of a stage that is not the last', () => {
      const bases = () => `${server.lib}/config/shared-cache/--global/bases`
      const known = async () => {
        const all = JSON.parse(await server.shell(`cat ${bases()}`)) as { reference: string }[]
        return all.find(({ reference }) => reference === 'stage:1')
      }
      const release = async () => {
        await build(
          'FROM stage:1 AS built\nRUN pip install x\nFROM base\nCOPY --from=built /x /x\n',
        )
        const image = `dokku/${APP}:latest`
        const { stdout, stderr } = await server.trigger(
          'pre-release-builder',
          'dockerfile',
          APP,
          image,
        )
        return stdout + stderr
      }
      const forgetLook = () =>
        server.shell(`sed -i -E 's/"(looked|tried)":[0-9]+/"\\1":1/g' ${bases()}`)
      /** A client for which the base is Debian of a version, or which fails where that is ''. */
      const debian = (version: string) =>
        server.program(
          'docker',
          version === ''
            ? 'echo "ERROR: no such image" >&2; exit 1'
            : `case "$*" in
            *type=tar*) cd $(mktemp -d); cat >text; cp text ${server.lib}/asked; mkdir release
              echo 'ID=debian\nVERSION_ID=${version}' >release/os-release; tar -c release;;
            esac`,
        )

      afterAll(() => debian(''))

      test('is inspected when an image has been built with it', async () => {
        debian('12')
        expect(await release()).not.toContain('stage:1 changed from')
        expect(await known()).toMatchObject({ system: 'debian-12-amd64-glibc' })
        expect(await server.shell(`head -1 ${server.lib}/asked`)).toBe('FROM stage:1 AS image\n')
      })

      test('is inspected once a day', async () => {
        debian('13')
        await release()
        expect(await known()).toMatchObject({ system: 'debian-12-amd64-glibc' })
        await forgetLook()
        expect(await release()).toContain('stage:1 changed from debian-12-amd64-glibc to debian-13')
        expect(await known()).toMatchObject({ system: 'debian-13-amd64-glibc' })
      })

      test("is inspected with the app's own credentials for registries", async () => {
        const config = `${server.lib}/config/registry/${APP}`
        server.program('docker', `echo "$DOCKER_CONFIG" >${server.lib}/asked; exit 1`)
        await server.shell(`mkdir -p ${config}; echo '{}' >${config}/config.json`)
        await forgetLook()
        await release()
        expect(await server.shell(`cat ${server.lib}/asked; rm -r ${config}`)).toBe(`${config}\n`)
      })

      test('that cannot be inspected keeps its known system, and a line says why', async () => {
        debian('')
        await forgetLook()
        expect(await release()).toContain('stage:1 cannot be inspected: ERROR: no such image')
        expect(await known()).toMatchObject({ system: 'debian-13-amd64-glibc' })
        expect(await release()).not.toContain('cannot be inspected')
        // What has been built since the last look may be of the tag's next system.
        expect(await known()).toMatchObject({ looked: 1 })
      })

      test.each(['--target built', `--platform linux/${ownArchitecture()}`])(
        'is not inspected with %s',
        async (option) => {
          await dokku('docker-options:add', APP, 'build', option)
          await forgetLook()
          expect(await release()).not.toContain('cannot be inspected')
          await dokku('docker-options:remove', APP, 'build', option)
          expect(await release()).toContain('stage:1 cannot be inspected')
        },
      )

      test('files since the last inspection are deleted when its tag changes', async () => {
        const directory = `${server.root}/pip/debian-13-amd64-glibc/wheels/aa/bb/cc`
        const wheel = (age: string, digit: string) => {
          const file = `${directory}/${digit.repeat(50)}/x-1.0-py3-none-any.whl`
          return `mkdir -p $(dirname ${file}); echo wheel >${file}; touch -d '${age}' ${file}`
        }
        await server.shell(`${wheel('26 hours ago', 'a')}; ${wheel('3 days ago', 'b')}`)
        await forgetLook()
        const looked = Date.now() - 30 * 3_600_000
        await server.shell(`sed -i 's/"looked":1\\b/"looked":${looked}/' ${bases()}`)
        debian('14')
        expect(await release()).toContain('stage:1 changed from debian-13-amd64-glibc to debian-14')
        expect(await server.shell(`ls ${directory}`)).toBe(`${'b'.repeat(50)}\n`)
      })
    })

    test('what a base kept for itself is reported by its image, and goes once its system is known', async () => {
      const { built } = await build('FROM known:4\nRUN pip install flask\n')
      const [, key = ''] = /shared-cache=pip-([0-9a-f]{16}) /.exec(built) ?? []
      const [own, system] = [`pip/base-${key}`, 'debian-12-amd64-glibc']
      const bases = `${server.lib}/config/shared-cache/--global/bases`
      await server.shell(
        `cd ${server.root} && mkdir -p ${own}/wheels pip/${system}/wheels && echo x >${own}/wheels/x`,
      )
      const report = async () => {
        const { stdout } = await server.dokku('shared-cache:report', '--global')
        return stdout.split('\n').filter((line) => line.includes('known:4'))
      }
      expect(await report()).toEqual([
        expect.stringMatching(/known:4, whose system is not known .* pip$/),
      ])
      const list = JSON.parse(await server.shell(`cat ${bases}`)) as { reference: string }[]
      const seen = list.map((base) => (base.reference === 'known:4' ? { ...base, system } : base))
      await server.shell(`echo '${JSON.stringify(seen)}' >${bases}`)
      expect(await report()).toEqual([
        expect.stringMatching(`known:4, whose builds use ${system} now`),
      ])
      await dokku('shared-cache:prune', '--force')
      expect(await server.shell(`cat ${server.root}/${own}/wheels/x`)).toBe('x\n')
      await server.shell(`cd ${server.root}/${own} && touch -d '2 days ago' wheels/x wheels .`)
      const { stdout } = await server.dokku('shared-cache:prune', '--force')
      expect(stdout).toMatch(/no longer used +known:4, whose builds use/)
      expect(await server.shell(`readlink ${server.root}/${own}`)).toBe(`${system}\n`)
      expect(await report()).toEqual([])
      await server.shell(`echo '[]' >${bases}`)
      const { log } = await build('FROM known:4\nRUN pip install flask\n')
      expect(log).toBe('-----> Shared caches: pip (line 2)')
      expect(await server.shell(`stat -c %F ${server.root}/${own}`)).toBe('directory\n')
    })

    test('gets its other cache mounts from shared storage when all is set', async () => {
      const text = 'FROM base\nWORKDIR /a\nRUN --mount=type=cache,target=t,uid=7,mode=0750 make\n'
      const [known, , all] = [
        await build(text),
        await dokku('shared-cache:set', APP, 'cache-mounts', 'all'),
        await build(text),
      ]
      const again = await build(all.built)
      await dokku('shared-cache:set', APP, 'cache-mounts')
      expect(known).toMatchObject({ log: '', built: text, options: '' })
      expect(all.log).toBe('-----> Shared caches: t (line 3)')
      expect(all.built).toMatch(/^RUN --device=dokku\.com\/shared-cache=mount-[0-9a-f]{16} make$/m)
      expect(again.built).toBe(all.built)
      const made = await server.shell(`stat -c '%F %u %g %a' ${server.root}/cache-mounts/*/`)
      expect(made).toBe('directory 7 0 750\n')
      // A request of an app that no longer may have it is removed.
      expect((await build(all.built)).built).toBe('FROM base\nWORKDIR /a\nRUN make\n')
    })

    test('browsers go to the shared cache on a known base, and layers are rebuilt once they are removed', async () => {
      const bases = JSON.stringify([
        { reference: 'seen:1', platform: '', system: 'debian-12-amd64-glibc', plain: true },
      ])
      const file = 'FROM seen:1\nRUN npx playwright install\n'
      const before = await build(file)
      expect(before.log).toContain(
        'playwright is not used: the app needs its browsers in the image',
      )
      await server.shell(`echo '${bases}' >${server.lib}/config/shared-cache/--global/bases`)
      const { built, log } = await build(file)
      expect(log).toContain('Shared caches: npm (line 2), playwright (line 2)')
      const [, device = ''] = /=(playwright-[0-9a-f]{16}-[0-9a-f]{8}) /.exec(built) ?? []
      expect(await server.shell(`cat ${SPECIFICATION}`)).toContain(`"${device}"`)
      // What prune does before it removes a browser.
      await server.shell('/usr/local/lib/dokku-shared-cache/helper generation')
      const after = await build(file)
      expect(after.log).toContain('Shared caches: npm (line 2), playwright (line 2)')
      expect(after.built).not.toContain(device)
    })

    describe('on an Engine that allows devices per build', () => {
      beforeAll(async () => {
        server.engine('29.1.0')
        await dokku('shared-cache:set', APP, 'group', 'apart')
      })
      afterAll(async () => {
        await dokku('shared-cache:set', APP, 'group')
        server.engine('28.5.2')
        expect((await build(PLAIN)).built).toBe(REWRITTEN)
      })

      test('an app in a group has devices of its own, which its build is allowed', async () => {
        const { built, log, options } = await build('FROM base\nRUN npm ci && pip install six\n')
        expect(log).toBe('-----> Shared caches: pip (line 2), npm (line 2)')
        const names = [...built.matchAll(/shared-cache=(\S+)/g)].map(([, name]) => name ?? '')
        expect(names).toHaveLength(2)
        for (const name of names) {
          expect(name).toMatch(/^(npm|pip)-of-/)
          expect(options).toContain(` --allow device=dokku.com/shared-cache=${name}`)
        }
        expect(await server.shell(`cat ${SPECIFICATION}`)).toContain('/groups/apart/npm"')
        expect(await server.shell(`ls -d ${server.root}/groups/apart/pip/base-*`)).toMatch(/base-/)
      })

      test('its browsers and its other cache mounts stay where they are', async () => {
        await dokku('shared-cache:set', APP, 'cache-mounts', 'all')
        const text = 'FROM base\nRUN --mount=type=cache,target=/t make\nRUN playwright install\n'
        const { built, log } = await build(text)
        await dokku('shared-cache:set', APP, 'cache-mounts')
        expect(built).toBe(text)
        expect(log).toContain('playwright is not used: the app needs its browsers in the image')
      })

      test('doctor has no warning about it, until the Engine is an older one', async () => {
        const told = async () => (await server.dokku('shared-cache:doctor')).stdout
        expect(await told()).not.toContain('apps with a group')
        server.engine('28.5.2')
        const older = await build(PLAIN)
        expect(older).toMatchObject({ built: PLAIN, options: '' })
        expect(older.log).toContain(
          'the app is in the group apart, which Docker 28.5.2 cannot separate',
        )
        expect(await told()).toContain('apps with a group')
        await build(PLAIN, 'true', OTHER)
        expect(await server.shell(`cat ${SPECIFICATION}`)).not.toContain('groups/')
        server.engine('29.1.0')
      })
    })

    test.each<[string, string, string]>([
      [
        'a link',
        'mv Dockerfile real; ln -s real Dockerfile',
        'the Dockerfile is not a regular file',
      ],
      ['a hard link', 'ln Dockerfile other', 'the Dockerfile has hard links'],
    ])('%s as Dockerfile stays as it is', async (_, before, why) => {
      expect(await build(PLAIN, before)).toEqual({
        exit: 0,
        log: `-----> Shared caches: not used in this build: ${why}`,
        built: PLAIN,
        options: '',
      })
    })

    test('requests for devices are removed from a file behind a link too', async () => {
      const asks = 'FROM base\nRUN --device=dokku.com/shared-cache=* ls\n'
      const result = await build(asks, 'mv Dockerfile real; ln -s real Dockerfile; cat real')
      expect(result).toMatchObject({ built: 'FROM base\nRUN ls\n', options: '' })
      expect(result.log).toContain('line 2: its own request for a cache device is removed')
    })

    test.each<[string, string, string]>([
      ['another frontend', '# syntax=foo/bar\nFROM base\nRUN npm ci\n', 'foo/bar'],
      ['nonsense', 'HELLO\n', 'an unknown instruction: HELLO'],
      ['a heredoc without end', 'FROM base\nRUN <<EOF\nnpm ci\n', 'a heredoc without an end: EOF'],
    ])('%s stays as it is', async (_, text, why) => {
      const result = await build(text)
      expect(result).toMatchObject({ exit: 0, built: text, options: '' })
      expect(result.log).toContain('Shared caches: not used in this build')
      expect(result.log).toContain(why)
    })

    test.each<[string, string, string, string]>([
      [
        'no frontend',
        'shared-cache:set --global frontend docker/dockerfile:none',
        'shared-cache:set --global frontend',
        'the image docker/dockerfile:none is missing\n       Run: docker pull docker/dockerfile:none && dokku shared-cache:setup',
      ],
      [
        'a builder of its own',
        `docker-options:add ${APP} build --builder=far`,
        `docker-options:remove ${APP} build --builder=far`,
        'it runs in the builder far',
      ],
      [
        'a builder in the variables',
        `config:set --no-restart ${APP} BUILDX_BUILDER=far`,
        `config:unset --no-restart ${APP} BUILDX_BUILDER`,
        'it runs in the builder far',
      ],
      [
        'a group of its own',
        `shared-cache:set ${APP} group apart`,
        `shared-cache:set ${APP} group`,
        'the app is in the group apart',
      ],
      [
        'another platform',
        `docker-options:add ${APP} build --platform=linux/arm64`,
        `docker-options:remove ${APP} build --platform=linux/arm64`,
        'it is for the platform linux/arm64',
      ],
      [
        'a remote Engine',
        `config:set --no-restart ${APP} DOCKER_HOST=tcp://far:2375`,
        `config:unset --no-restart ${APP} DOCKER_HOST`,
        'it runs in the Engine at tcp://far:2375',
      ],
    ])('with %s it is built as without the plugin', async (_, change, back, why) => {
      await dokku(...change.split(' '))
      const result = await build(PLAIN)
      await dokku(...back.split(' '))
      expect(result).toMatchObject({ exit: 0, built: PLAIN, options: '' })
      expect(result.log).toContain(`Shared caches: not used in this build: ${why}`)
    })

    test('without its cache directory it is built as without the plugin', async () => {
      await server.shell(`mv ${server.root}/npm ${server.root}/npm.away`)
      const result = await build(PLAIN)
      await server.shell(`mv ${server.root}/npm.away ${server.root}/npm`)
      expect(result).toMatchObject({ exit: 0, built: PLAIN, options: '' })
      expect(result.log).toContain(`${server.root}/npm is missing`)
    })

    describe('a cache whose directory is not right is left out', () => {
      const BOTH = 'FROM base\nRUN pip install x && npm ci\n'
      const run = 'Run: dokku shared-cache:setup'
      const npm = () => `${server.root}/npm`

      test.each<[string, string, string, (place: string) => string]>([
        [
          'a link to another directory',
          'mv $npm $npm.away; ln -s /etc $npm',
          'rm $npm; mv $npm.away $npm',
          (place) =>
            `${place} is a symbolic link. Run: mv ${place} ${place}.old && dokku shared-cache:setup`,
        ],
        [
          'a closed mode',
          'chmod 755 $npm',
          'chmod 777 $npm',
          (place) => `${place}: mode 0755 instead of 0777. ${run}`,
        ],
        [
          'another owner',
          'chown 7 $npm',
          'chown 0 $npm',
          (place) => `${place}: owner 7:0 instead of 0:0. ${run}`,
        ],
        [
          'no default ACL',
          'setfacl -k $npm',
          'setfacl -m d:u::rwX,d:g::rwX,d:o::rwX $npm',
          (place) => `${place}: no default ACL that opens new directories to all users. ${run}`,
        ],
        [
          'a read-only file system',
          'mount --bind $npm $npm; mount -o remount,ro,bind $npm',
          'umount $npm',
          (place) => `${place}: the file system is read-only. Run: dokku shared-cache:doctor`,
        ],
      ])('%s', async (_, spoil, mend, why) => {
        await server.shell(`npm=${npm()}; ${spoil}`)
        const result = await build(BOTH)
        const doctor = await server.dokku('shared-cache:doctor')
        const setup = await server.dokku('shared-cache:setup', '--dry-run')
        const report = await server.dokku('shared-cache:report', APP)
        const host = await server.dokku('shared-cache:report', '--global')
        const json = await server.dokku('shared-cache:report', '--global', '--format', 'json')
        await server.shell(`printf 'FROM base\\nRUN npm ci\\n' > ${server.lib}/Dockerfile`)
        const check = await server.dokku('shared-cache:check', `${server.lib}/Dockerfile`)
        const data = await server.dokku(
          ...['shared-cache:check', `${server.lib}/Dockerfile`, '--format', 'json'],
        )
        await server.shell(`npm=${npm()}; ${mend}`)
        expect(result.exit).toBe(0)
        expect(result.built).toMatch(/--device=dokku.com\/shared-cache=pip-[0-9a-f]{16} pip/)
        expect(result.log.split('\n')).toEqual([
          '-----> Shared caches: pip (line 2)',
          `-----> Shared caches: npm is not used in this build: ${why(npm())}`,
        ])
        expect(doctor.exit).toBe(1)
        expect(doctor.stdout).toContain(
          why(npm()).split('. Run')[0]?.replace(' is a symbolic', ': a symbolic') ?? '',
        )
        expect(report.stdout).toMatch(/unusable: +npm: /)
        const [cause = '', remedy = ''] = why(npm()).split(/\. (?=Run)/)
        const unusable = [{ caches: ['npm'], why: cause, remedy }]
        expect(host.stdout).toContain(`       Unusable: npm: ${why(npm())}\n`)
        expect(JSON.parse(json.stdout)).toMatchObject({ unusable })
        const whole = why(npm()).replace('/npm: the file', ': the file')
        expect(check.stdout).toContain(`       npm: ${whole}\n`)
        expect(JSON.parse(data.stdout)).toMatchObject({ unusable: [{ caches: ['npm'], remedy }] })
        expect(setup.stdout + setup.stderr).toContain(npm().slice(server.root.length + 1))
        expect((await build(BOTH)).built).toMatch(
          /shared-cache=npm .*shared-cache=pip-|shared-cache=pip-\w+ .*shared-cache=npm /,
        )
      })

      test('all caches on a read-only file system: no step changes, and setup makes no promise', async () => {
        await server.shell(
          `mount --bind ${server.root} ${server.root}; mount -o remount,ro,bind ${server.root}`,
        )
        const result = await build(BOTH)
        const setup = await server.dokku('shared-cache:setup')
        const doctor = await server.dokku('shared-cache:doctor')
        const fixed = await server.dokku('shared-cache:doctor', '--fix')
        const options = await server.trigger('docker-args-build', APP, 'herokuish')
        await server.shell(`umount ${server.root}`)
        const why = `${server.root}: the file system is read-only`
        expect(result).toMatchObject({ exit: 0, built: BOTH, options: '' })
        expect(result.log).toBe(
          `-----> Shared caches: pip, npm are not used in this build: ${why}. Run: dokku shared-cache:doctor`,
        )
        expect(setup.exit).toBe(1)
        expect(setup.stdout).toBe('')
        expect(setup.stderr).toContain(` !     ${why}\n`)
        expect(doctor.exit).toBe(1)
        expect(doctor.stdout.split('\n').filter((line) => line.includes(why))).toHaveLength(1)
        expect(fixed.exit).toBe(1)
        expect(options.exit).toBe(0)
        expect(options.stdout).not.toContain(' -v ')
        expect(options.stderr).toContain(why)
      })

      test('an app can be excluded while a cache is a link', async () => {
        await server.shell(`mv ${npm()} ${npm()}.away; ln -s /etc ${npm()}`)
        const { exit } = await server.dokku('shared-cache:disable', OTHER)
        await server.shell(`rm ${npm()}; mv ${npm()}.away ${npm()}`)
        expect(exit).toBe(0)
        await dokku('shared-cache:enable', OTHER)
      })

      test('a disk without room gives nothing to builds with buildpacks either', async () => {
        await server.shell(`mount -t tmpfs -o size=9m tmpfs ${server.root}`)
        const { stdout, stderr } = await server.trigger('docker-args-build', APP, 'herokuish')
        await server.shell(`umount ${server.root}`)
        expect(stdout).not.toContain(' -v ')
        expect(stderr).toContain('2 GB are needed. Run: dokku shared-cache:prune')
      })
    })

    test.each([
      ['gone', `rm ${SPECIFICATION}`],
      ['broken', `echo '{' >${SPECIFICATION}`],
    ])('a specification that is %s is written anew', async (_, before) => {
      expect((await build(PLAIN, before)).built).toBe(REWRITTEN)
      const { kind } = JSON.parse(await server.shell(`cat ${SPECIFICATION}`)) as { kind: string }
      expect(kind).toBe('dokku.com/shared-cache')
    })

    test('requests of the file itself are removed, for an app without caches too', async () => {
      const asks = 'FROM base\nRUN --device=dokku.com/shared-cache=* ls\n'
      await dokku('shared-cache:set', APP, 'build-caches', 'off')
      const off = await build(asks)
      await dokku('shared-cache:set', APP, 'build-caches')
      const on = await build(asks)
      for (const { built, options, log } of [off, on]) {
        expect({ built, options }).toEqual({ built: 'FROM base\nRUN ls\n', options: '' })
        expect(log).toBe(
          '-----> Shared caches: no step uses one\n       line 2: its own request for a cache device is removed',
        )
      }
    })

    test('options are for a rewritten file, not for one that was rewritten earlier', async () => {
      expect((await build(PLAIN)).options).not.toBe('')
      expect((await build('FROM base\nRUN ls\n')).options).toBe('')
      expect((await build(REWRITTEN.replace('npm ci', 'npm cache clean'))).options).toBe('')
    })
  },
)
