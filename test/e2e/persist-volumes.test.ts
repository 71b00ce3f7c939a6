import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasRsync } from '../support/needs'
import { makeDoubleServer } from './double-server'
import { canServe, REAL } from './harness'

let server: Awaited<ReturnType<typeof makeDoubleServer>>
const persist = (...words: string[]) => server.dokku(`persist:${words[0] ?? ''}`, ...words.slice(1))
const ok = async (...words: string[]) => {
  const result = await persist(...words)
  expect(result).toMatchObject({ exit: 0, stderr: '' })
  return result.stdout
}
const storage = () => `${server.lib}/data/storage`
const files = (entry: string) => server.shell(`cd ${storage()}/${entry}; find . -type f | sort`)
const record = async (entry: string) =>
  JSON.parse(await server.shell(`cat ${server.lib}/data/persist/volumes/${entry}.json`)) as {
    readonly app: string | null
    readonly filled: boolean
  }
const mounts = async (app: string) =>
  (await server.mounts(app)).map(({ host, container }) => `${host}:${container}`)

/** The `docker` that the shims ask: it knows the volumes of the Engine double. */
const DOCKER = (state: string) => `
  [ "$1 $2" = "volume inspect" ] || exit 1
  shift 2
  for name; do grep -q "\\"$name\\": {" ${state} || exit 1; done`
const engineState = () => server.lib.replace(/var\/lib\/dokku$/, 'engine.json')

/** What an app looks like to a person: its mounts, variables and the content of storage. */
const everything = async () =>
  [
    ...(await mounts('e2e-app')),
    JSON.stringify(await server.env('e2e-app')),
    await server.shell(`cd ${storage()}; find . | sort`),
    await server.shell(`cat ${server.lib}/data/persist/volumes/* 2>/dev/null || true`),
  ].join('\n')

describe.skipIf(!canServe || REAL !== '')('volumes of apps (needs root)', () => {
  beforeAll(async () => {
    server = await makeDoubleServer()
    server.program('docker', DOCKER(engineState()))
    await server.dokku('apps:create', 'e2e-app')
    expect(await server.installPersist()).toMatchObject({ exit: 0, stderr: '' })
    await server.makeImage('shop:1', {
      user: '1000',
      files: ['/app/uploads/welcome', '/srv/www/index.html'],
    })
  }, 300_000)
  afterAll(() => server.destroy(), 300_000)

  test.each<[string, string[], string]>([
    ['an app that does not exist', ['add', 'e2e-none', '/data'], 'App e2e-none does not exist'],
    ['a relative path', ['add', 'e2e-app', 'data'], 'the path is not absolute'],
    ['the root of the container', ['add', 'e2e-app', '/'], 'it is the whole container'],
    ['a directory of the system', ['add', 'e2e-app', '/proc/x'], 'its own /proc'],
    ['a directory for temporary files', ['add', 'e2e-app', '/tmp/x'], 'a restart may delete'],
    ['a path as name', ['add', 'e2e-app', '/data', '--name', '../x'], 'Invalid name of a volume'],
    ['an unknown kind', ['add', 'e2e-app', '/data', '--kind', 'x'], 'Invalid value for kind'],
    ['an unknown owner', ['add', 'e2e-app', '/data', '--owner', 'me'], 'Invalid owner'],
    ['an unknown size', ['add', 'e2e-app', '/data', '--size', 'big'], 'Invalid size'],
    [
      'a volume to attach that does not exist',
      ['add', 'e2e-app', '/d', '--from', 'x'],
      'no volume',
    ],
    ['an unknown format', ['add', 'e2e-app', '/data', '--format', 'xml'], 'xml'],
    ['no path', ['add', 'e2e-app'], "missing required argument 'path'"],
    ['a volume to remove that does not exist', ['remove', 'e2e-app', 'x'], 'no volume called "x"'],
    ['no volume to remove', ['remove', 'e2e-app'], 'Name the volume of e2e-app'],
    ['an unknown place', ['universal', 'e2e-app', '--with', 'usr'], 'Unknown place for --with'],
  ])('%s is refused in one line, and nothing changes', async (_, words, why) => {
    const before = await everything()
    const { exit, stdout, stderr } = await persist(...words)
    expect(exit).toBeGreaterThan(0)
    expect(stdout).toBe('')
    expect(stderr).toContain(why)
    expect(await everything()).toBe(before)
  })

  test('a dry run shows the plan and changes nothing', async () => {
    const before = await everything()
    const text = await ok('add', 'e2e-app', '/app/uploads', '--dry-run')
    expect(text.split('\n')).toEqual([
      '-----> Volume app-uploads of e2e-app at /app/uploads',
      `       create the directory ${storage()}/e2e-app-app-uploads`,
      '       create the Docker volume e2e-app-app-uploads',
      '       create the storage entry e2e-app-app-uploads',
      '       mount it at /app/uploads in e2e-app',
      '       set DATA_DIR=/app/uploads',
      '',
    ])
    expect(await everything()).toBe(before)
  })

  test('a volume is added, and a second call changes nothing', async () => {
    await ok('add', 'e2e-app', '/app/uploads', '--name', 'uploads', '--size', '10GB')
    expect(await mounts('e2e-app')).toEqual(['e2e-app-uploads:/app/uploads'])
    expect(await server.env('e2e-app')).toEqual({ DATA_DIR: '/app/uploads' })
    const before = await everything()
    expect(await ok('add', 'e2e-app', '/app/uploads/')).toContain('nothing to change')
    expect(await everything()).toBe(before)
  })

  test('the inside of a volume, and its path with another name, are refused', async () => {
    expect((await persist('add', 'e2e-app', '/app/uploads/x')).stderr).toContain('is inside of')
    const other = await persist('add', 'e2e-app', '/app/uploads', '--name', 'other')
    expect(other.stderr).toContain('is the volume uploads already')
    const there = await persist('add', 'e2e-app', '/other', '--name', 'uploads')
    expect(there.stderr).toContain('The volume uploads of e2e-app is at /app/uploads')
  })

  test('the first deploy fills it from the image, before its container starts', async () => {
    expect(await record('e2e-app-uploads')).toMatchObject({ filled: false })
    const { stdout, stderr } = await server.deploy('e2e-app', 'shop:1')
    expect(stderr).not.toContain('persist')
    expect(stdout).toContain('Volume uploads at /app/uploads: copy what the image has')
    expect(await files('e2e-app-uploads')).toBe('./welcome\n')
    const owners = await server.shell(`cd ${storage()}/e2e-app-uploads; stat -c %u . welcome`)
    expect(owners).toBe('1000\n1000\n')
    expect((await server.container('e2e-app')).mounts).toMatchObject([
      { host: 'e2e-app-uploads', container: '/app/uploads' },
    ])
    expect(await record('e2e-app-uploads')).toMatchObject({ filled: true })
  })

  test('later deploys leave it alone', async () => {
    await server.shell(`cd ${storage()}/e2e-app-uploads; rm welcome; echo mine >photo`)
    const { stdout } = await server.rebuild('e2e-app')
    expect(stdout).not.toContain('Volume uploads')
    expect(await files('e2e-app-uploads')).toBe('./photo\n')
  })

  test('a Docker volume that was removed shows the same directory at the next start', async () => {
    // More than two minutes after the last release.
    await server.shell(`
      sed -i 's/"e2e-app-uploads": {/"gone": {/' ${engineState()}
      echo 1700000000 >${server.lib}/data/persist/ready/e2e-app`)
    const { stderr } = await server.dokku('ps:restart', 'e2e-app')
    expect(stderr).toContain('create the Docker volume e2e-app-uploads')
    expect(await files('e2e-app-uploads')).toBe('./photo\n')
    expect((await server.dokku('ps:restart', 'e2e-app')).stderr).toBe('')
  })

  test('an app whose data is missing does not start with an empty volume', async () => {
    const away = `${storage()}/away`
    await server.shell(`mv ${storage()}/e2e-app-uploads ${away}`)
    const result = await server.rebuild('e2e-app')
    await server.shell(`mv ${away} ${storage()}/e2e-app-uploads`)
    expect(result.exit).toBeGreaterThan(0)
    expect(result.stderr).toContain('The data of the volume uploads of e2e-app is missing')
    expect(result.stderr).toContain('dokku persist:doctor e2e-app --fix')
  })

  test('options change only what differs', async () => {
    const text = await ok('add', 'e2e-app', '/app/uploads', '--owner', '7:8', '--mode', '0750')
    expect(text.split('\n').slice(1)).toEqual([
      `       change the owner of ${storage()}/e2e-app-uploads and all files in it, for the user 7:8, with the mode 0750`,
      // As the file system of this machine allows.
      expect.stringMatching(/^       The limit of 10 GB is (watched, not )?enforced/),
      '',
    ])
    const owners = await server.shell(`cd ${storage()}/e2e-app-uploads; stat -c '%u:%g %a' . photo`)
    expect(owners).toBe('7:8 750\n7:8 644\n')
    expect(await ok('add', 'e2e-app', '/app/uploads', '--readonly')).toContain('ps:restart e2e-app')
    expect(await server.mounts('e2e-app')).toMatchObject([{ readonly: true }])
  })

  test('a link inside a volume is not followed when the owner changes', async () => {
    await server.shell(`
      echo secret >${server.lib}/outside; chown 0:0 ${server.lib}/outside; chmod 600 ${server.lib}/outside
      ln -s ${server.lib}/outside ${storage()}/e2e-app-uploads/link`)
    await ok('add', 'e2e-app', '/app/uploads', '--owner', '9')
    const owners = await server.shell(
      `stat -c %u ${server.lib}/outside ${storage()}/e2e-app-uploads/link`,
    )
    expect(owners).toBe('0\n9\n')
  })

  test('a link in place of a volume is refused', async () => {
    await server.shell(`cd ${storage()}; mv e2e-app-uploads real; ln -s /etc e2e-app-uploads`)
    const { exit, stderr } = await persist('add', 'e2e-app', '/app/uploads', '--owner', '5')
    await server.shell(`cd ${storage()}; rm e2e-app-uploads; mv real e2e-app-uploads`)
    expect(exit).toBe(1)
    expect(stderr).toContain('is a symbolic link')
    expect(await server.shell('stat -c %u /etc')).toBe('0\n')
  })

  test('an entry point that changes the user: its volume is given to that user once it runs', async () => {
    await server.dokku('apps:create', 'e2e-drop')
    await server.makeImage('drop:1', { runsAs: '33', files: ['/data/file'] })
    await ok('add', 'e2e-drop', '/data')
    const first = await server.deploy('e2e-drop', 'drop:1')
    expect(first.stdout).toContain('Volume data belongs to 33:0 now, as e2e-drop runs')
    const owners = () => server.shell(`cd ${storage()}/e2e-drop-data; stat -c %u . file`)
    expect(await owners()).toBe('33\n33\n')
    await server.shell(`chown 7 ${storage()}/e2e-drop-data/file`)
    expect((await server.rebuild('e2e-drop')).stdout).not.toContain('belongs to')
    expect(await owners()).toBe('33\n7\n')
  })

  test('the universal set has a volume for each place, and is complete the second time', async () => {
    const text = await ok('universal', 'e2e-app', '--without', 'home,root,opt')
    expect(text).toContain('Volume workspace at /workspace: ')
    expect(text).toContain('Volume srv at /srv: ')
    expect(await files('e2e-app-srv')).toBe('./www/index.html\n')
    expect(await server.env('e2e-app')).toEqual({ DATA_DIR: '/app/uploads' })
    const before = await everything()
    await ok('universal', 'e2e-app', '--without', 'home,root,opt')
    expect(await everything()).toBe(before)
  })

  test('a clone gets empty volumes of its own', async () => {
    await server.dokku('apps:clone', '--skip-deploy', 'e2e-app', 'e2e-copy')
    expect(await mounts('e2e-copy')).toEqual([
      'e2e-copy-uploads:/app/uploads',
      'e2e-copy-srv:/srv',
      'e2e-copy-workspace:/workspace',
    ])
    expect(await record('e2e-copy-uploads')).toMatchObject({ app: 'e2e-copy' })
    expect(await files('e2e-copy-uploads')).not.toContain('photo')
    expect(await files('e2e-app-uploads')).toContain('./photo')
  })

  test.skipIf(!hasRsync)(
    'a clone with clone-data gets a copy of the data (needs rsync)',
    async () => {
      await ok('set', 'e2e-app', 'clone-data', 'true')
      await server.dokku('apps:clone', '--skip-deploy', 'e2e-app', 'e2e-twin')
      expect(await mounts('e2e-twin')).toContain('e2e-twin-uploads:/app/uploads')
      expect(await files('e2e-twin-uploads')).toBe(await files('e2e-app-uploads'))
      await server.shell(`echo changed >${storage()}/e2e-twin-uploads/photo`)
      expect(await server.shell(`cat ${storage()}/e2e-app-uploads/photo`)).toBe('mine\n')
      expect(await record('e2e-twin-uploads')).toMatchObject({ app: 'e2e-twin', filled: true })
      await ok('set', 'e2e-app', 'clone-data')
    },
  )

  test('a clone whose data cannot be copied has none of the volumes of its original', async () => {
    await ok('set', 'e2e-app', 'clone-data', 'true')
    await server.shell(`mv ${storage()}/e2e-app-uploads ${storage()}/away`)
    const clone = ['apps:clone', '--skip-deploy', 'e2e-app', 'e2e-half'] as const
    const { exit, stderr } = await server.dokku(...clone)
    await server.shell(`mv ${storage()}/away ${storage()}/e2e-app-uploads`)
    expect(exit).toBeGreaterThan(0)
    expect(stderr).toContain('e2e-half still lacks volumes of its own')
    expect(await mounts('e2e-half')).toEqual([])
    await ok('set', 'e2e-app', 'clone-data')
  })

  test('a renamed app keeps its volumes', async () => {
    const before = await mounts('e2e-copy')
    await server.dokku('apps:rename', '--skip-deploy', 'e2e-copy', 'e2e-moved')
    expect(await mounts('e2e-moved')).toEqual(before)
    expect(await record('e2e-copy-uploads')).toMatchObject({ app: 'e2e-moved' })
  })

  test('the data of a destroyed app stays, and can be given to another app', async () => {
    await server.shell(`echo kept >${storage()}/e2e-copy-uploads/kept`)
    const { stdout } = await server.dokku('apps:destroy', 'e2e-moved', '--force')
    expect(stdout).toContain('The volumes of e2e-moved are kept')
    expect(stdout).toContain(`e2e-copy-uploads: ${storage()}/e2e-copy-uploads`)
    await ok('add', 'e2e-app', '/old', '--from', 'e2e-copy-uploads')
    expect(await mounts('e2e-app')).toContain('e2e-copy-uploads:/old')
    expect(await files('e2e-copy-uploads')).toContain('./kept')
  })

  test('a removed volume keeps its data, until it is deleted by name', async () => {
    const asked = await persist('remove', 'e2e-app', 'app-uploads')
    expect(asked.exit).toBe(1)
    const refused = await persist('remove', 'e2e-app', 'old', '--destroy-data', '--force')
    expect({ ...refused, stdout: '' }).toMatchObject({ exit: 0 })
    expect(await mounts('e2e-app')).not.toContain('e2e-copy-uploads:/old')
    const text = await ok('remove', 'e2e-app', 'srv', '--force')
    expect(text).toContain(`its data stays in ${storage()}/e2e-app-srv`)
    expect(await files('e2e-app-srv')).toBe('./www/index.html\n')
    expect(await record('e2e-app-srv')).toMatchObject({ app: null, formerApp: 'e2e-app' })
    await server.dokku('ps:restart', 'e2e-app')
    await ok('remove', '--orphan', 'e2e-app-srv', '--destroy-data', '--force')
    expect(await server.shell(`ls ${storage()}`)).not.toContain('e2e-app-srv')
    expect((await server.dokku('storage:list-entries')).stdout).not.toContain('e2e-app-srv')
  })

  test('data that a container uses is not deleted', async () => {
    const { exit, stderr } = await persist(
      'remove',
      'e2e-app',
      'uploads',
      '--destroy-data',
      '--force',
    )
    expect(exit).toBe(1)
    expect(stderr).toContain('The volume e2e-app-uploads is used by e2e-app.web.1')
    expect(await files('e2e-app-uploads')).toContain('./photo')
  })

  test('without --force a removal asks, and another answer changes nothing', async () => {
    const before = await everything()
    const { exit, stderr } = await persist('remove', 'e2e-app', 'uploads')
    expect(exit).toBe(1)
    expect(stderr).toContain('WARNING: Potentially Destructive Action')
    expect(stderr).toContain('/app/uploads is no longer kept')
    expect(await everything()).toBe(before)
  })
})
