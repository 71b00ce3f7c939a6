import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type Server, createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAddress } from '../../../src/foundation/docker/engine/address'
import { chooseApi } from '../../../src/foundation/docker/engine/client'
import { connectEngine } from '../../../src/foundation/docker/engine'
import { importBase } from '../../support/throw-away-engine'
import { type EngineDouble, realEngine, recorded, serveEngine } from '../../support/engine'
import { hasOpenssl, isRoot } from '../../support/needs'

const OPEN: EngineDouble[] = []

async function serve(...args: Parameters<typeof serveEngine>): Promise<EngineDouble> {
  const double = await serveEngine(...args)
  OPEN.push(double)
  return double
}

afterAll(async () => {
  await Promise.all(OPEN.map((double) => double.close()))
})

const connect = ({ host }: EngineDouble) => connectEngine({ DOCKER_HOST: host })

describe('the selected version of the API', () => {
  test.each([
    ['1.12', '1.41', '1.41'],
    ['1.24', '1.43', '1.43'],
    ['1.24', '1.44', '1.44'],
    ['1.24', '1.51', '1.44'],
    ['1.44', '1.52', '1.44'],
    ['1.45', '1.60', '1.60'],
  ])('a server that offers %s to %s: %s', (min, max, chosen) => {
    expect(chooseApi(min, max)).toBe(chosen)
  })

  test('an Engine before 20.10 is rejected', () => {
    expect(() => chooseApi('1.12', '1.40')).toThrow('This Docker Engine speaks API 1.40 only')
  })
})

describe('the address of the Engine', () => {
  const HOME = { HOME: '/nowhere' }
  test.each([
    ['nothing said', {}, { kind: 'unix', path: '/var/run/docker.sock' }],
    ['a socket', { DOCKER_HOST: 'unix:///run/d.sock' }, { kind: 'unix', path: '/run/d.sock' }],
    [
      'a port',
      { DOCKER_HOST: 'tcp://10.0.0.1:2375' },
      { kind: 'tcp', host: '10.0.0.1', port: 2375, tls: null },
    ],
    ['no port', { DOCKER_HOST: 'tcp://a' }, { kind: 'tcp', host: 'a', port: 2375, tls: null }],
    ['IPv6', { DOCKER_HOST: 'tcp://[::1]:99' }, { kind: 'tcp', host: '::1', port: 99, tls: null }],
    [
      'TLS',
      { DOCKER_HOST: 'tcp://a', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/c' },
      { kind: 'tcp', host: 'a', port: 2376, tls: { directory: '/c', verify: true } },
    ],
    ['ssh', { DOCKER_HOST: 'ssh://a', DOCKER_BIN: '/d' }, { kind: 'dial', docker: '/d' }],
    ['a context', { DOCKER_CONTEXT: 'far' }, { kind: 'dial', docker: 'docker' }],
    ['the default context', { DOCKER_CONTEXT: 'default' }, { kind: 'unix' }],
  ])('%s', (_, env, address) => {
    expect(findAddress({ ...HOME, ...env })).toMatchObject(address)
  })

  test.each(['/var/run/docker.sock', 'docker', 'tcp://', 'tcp://a:b'])('%s is rejected', (host) => {
    expect(() => findAddress({ DOCKER_HOST: host })).toThrow(`Invalid DOCKER_HOST: ${host}`)
  })
})

describe('connections', () => {
  const directory = mkdtempSync(join(tmpdir(), 'connections-'))
  const path = join(directory, 'docker.sock')
  const body = JSON.stringify({ ServerVersion: '28.5.2' })
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  afterAll(() => rmSync(directory, { recursive: true }))

  /** Serves `each` requests on a connection, and closes it at the next one. */
  async function ask(each: number, times: number): Promise<number> {
    let connections = 0
    const server = createServer((socket) => {
      let left = each
      connections += 1
      socket.on('error', () => undefined)
      socket.on('data', () => (left-- > 0 ? socket.write(answer) : socket.destroy()))
    })
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const engine = connectEngine({ DOCKER_HOST: `unix://${path}` })
    for (let time = 0; time < times; time += 1) {
      expect((await engine.info()).ServerVersion).toBe('28.5.2')
    }
    await new Promise((resolve) => setImmediate(resolve))
    server.close()
    return connections
  }

  test('one is used for several requests', async () => expect(await ask(9, 3)).toBe(1))

  test('one that the Engine closes when it is reused is opened again', async () => {
    expect(await ask(1, 3)).toBe(3)
  })
})

describe('no Engine', () => {
  const directory = mkdtempSync(join(tmpdir(), 'no-engine-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  const ask = (host: string) => connectEngine({ DOCKER_HOST: host }).version()

  test('no socket is one clear line', async () => {
    const host = `unix://${directory}/none.sock`
    await expect(ask(host)).rejects.toMatchObject({
      name: 'KnownError',
      message: `Cannot connect to the Docker daemon at ${host}`,
      hint: 'Check that Docker is running, and that DOCKER_HOST is right if it is set.',
    })
  })

  // Root bypasses every permission.
  test.skipIf(isRoot)(
    'a socket that this user cannot open (needs a user other than root)',
    async () => {
      const path = join(directory, 'closed.sock')
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(path, resolve))
      chmodSync(path, 0)
      await expect(ask(`unix://${path}`)).rejects.toMatchObject({
        message: `Permission denied for the Docker daemon at unix://${path}`,
      })
      server.close()
    },
  )

  test('a docker client that cannot connect prints the reason', async () => {
    const env = { DOCKER_HOST: 'ssh://far', DOCKER_BIN: join(directory, 'docker') }
    execFileSync('sh', [
      '-c',
      'printf \'#!/bin/sh\necho "no route to far" >&2; exit 1\' > "$0"; chmod +x "$0"',
      env.DOCKER_BIN,
    ])
    await expect(connectEngine({ ...process.env, ...env }).version()).rejects.toThrow(
      'Cannot connect to the Docker daemon at ssh://far: no route to far',
    )
  })
})

describe.each(['20.10.24', '28.5.2'] as const)('responses of Engine %s', (engine) => {
  const api = engine === '20.10.24' ? '1.41' : '1.44'
  const usage = engine === '20.10.24' ? 'system-df' : 'system-df.type-build-cache'
  const suffix = engine === '20.10.24' ? '' : '.v1.44'
  let double: EngineDouble
  beforeAll(async () => {
    double = await serve({
      'GET /version': recorded(engine, 'version'),
      [`GET /v${api}/system/df?type=build-cache`]: recorded(
        engine,
        `${usage}.during-build${suffix}`,
      ),
      [`POST /v${api}/build/prune`]: recorded(engine, 'prune-by-id.two-ids'),
    })
  })

  test('the version', async () => {
    expect((await connect(double).version()).engine).toMatch(engine)
  })

  test('the records of the build cache', async () => {
    const records = await connect(double).buildCache()
    const types = new Set(records.map(({ Type }) => Type))
    expect(types).toContain('exec.cachemount')
    expect(records.every(({ ID, Size }) => ID.length === 25 && Number.isInteger(Size))).toBe(true)
  })

  test('records are pruned by their ids in one request', async () => {
    double.requests.length = 0
    const answer = await connect(double).prune(['aaa', 'bbb'], 1500)
    expect(answer.deleted).toHaveLength(2)
    expect(answer.bytes).toBe(engine === '20.10.24' ? 0 : 512000)
    const [, prune = ''] = double.requests
    expect(decodeURIComponent(prune)).toBe(
      `POST /v${api}/build/prune?filters={"id":["\\"^(aaa|bbb)$\\""],"until":["500ms"]}`,
    )
  })
})

describe('responses from API 1.53 on', () => {
  test('records and volumes are in objects of their own, if requested', async () => {
    const record = { ID: 'a', Type: 'regular', Size: 1 }
    const double = await serve({
      'GET /version': { body: { Version: '31', ApiVersion: '1.60', MinAPIVersion: '1.53' } },
      'GET /v1.60/system/df?type=build-cache&verbose=1': {
        body: { BuildCacheUsage: { TotalSize: 1, Items: [record] } },
      },
      'GET /v1.60/system/df?type=volume&verbose=1': {
        body: { VolumeUsage: { Items: [{ Name: 'v', UsageData: { Size: -1 } }] } },
      },
    })
    expect(await connect(double).buildCache()).toEqual([record])
    expect(await connect(double).volumes()).toEqual([{ name: 'v', labels: {}, bytes: null }])
  })
})

describe.skipIf(!hasOpenssl)('an Engine behind TLS (needs openssl)', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tls-'))
  let server: Server
  let env: NodeJS.ProcessEnv
  beforeAll(async () => {
    const script = `cd ${directory}
      openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=ca -keyout ca-key.pem -out ca.pem
      for name in server key; do
        openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout $name.pem -out $name.csr
        printf 'subjectAltName=IP:127.0.0.1' > san
        openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca-key.pem -days 1 -extfile san -out $name-cert.pem
      done; mv key-cert.pem cert.pem`
    execFileSync('sh', ['-ec', script], { stdio: 'ignore' })
    const file = (name: string) => readFileSync(join(directory, name))
    const secrets = { ca: file('ca.pem'), cert: file('server-cert.pem'), key: file('server.pem') }
    server = createSecureServer({ ...secrets, requestCert: true }, (_, response) => {
      response.end(JSON.stringify(recorded('28.5.2', 'version').body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    env = {
      DOCKER_HOST: `tcp://127.0.0.1:${port}`,
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: directory,
    }
  })
  afterAll(() => {
    server.close()
    rmSync(directory, { recursive: true })
  })

  test('responds to a client with the right certificates', async () => {
    expect((await connectEngine(env).version()).engine).toMatch('28.5.2')
  })

  test('is not trusted if another authority signed its certificate', async () => {
    execFileSync('cp', [join(directory, 'ca.pem'), join(directory, 'kept.pem')])
    const other = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=other']
    execFileSync('openssl', [...other, '-keyout', '/dev/null', '-out', join(directory, 'ca.pem')], {
      stdio: 'ignore',
    })
    await expect(connectEngine(env).version()).rejects.toThrow(
      /self-signed|signature|issuer|verify/,
    )
    execFileSync('mv', [join(directory, 'kept.pem'), join(directory, 'ca.pem')])
  })

  test('without certificates is one clear line', () => {
    const none = { ...env, DOCKER_CERT_PATH: '/nowhere' }
    expect(() => connectEngine(none)).toThrow('Cannot read /nowhere/cert.pem')
  })
})

describe('errors', () => {
  test.each([
    ['in JSON', 'error.bad-filter-key', "failed to prune build cache: invalid filter 'colour'"],
    [
      'in plain text',
      'error.api-too-old',
      'client version 1.12 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
    ],
  ])('%s are passed on', async (_, file, line) => {
    const double = await serve({
      'GET /version': recorded('28.5.2', 'version'),
      'POST /v1.44/build/prune': recorded('28.5.2', file),
    })
    await expect(connect(double).prune(['a'], 0)).rejects.toMatchObject({
      name: 'KnownError',
      message: `Docker refused: ${line}`,
    })
  })

  test('a missing image is null', async () => {
    const double = await serve({ 'GET /version': recorded('28.5.2', 'version') })
    expect(await connect(double).image('no/such:1')).toBeNull()
    expect(double.requests.at(-1)).toBe('GET /v1.44/images/no/such%3A1/json')
  })

  const layers = { RootFS: { Layers: ['sha256:1'] } }
  test.each([
    ['labels', { ...layers, Config: { Labels: { 'com.dokku.app-name': 'web' } } }, true],
    ['another layer', { RootFS: { Layers: ['sha256:1', 'sha256:2'] }, Config: {} }, false],
    ['another user', { ...layers, Config: { User: '1000' } }, false],
    ['another variable', { ...layers, Config: { Env: ['PIP_CACHE_DIR=/x'] } }, false],
    ['no layers named', { Config: {} }, false],
  ])('an image and one with %s: same content %s', async (_, other, isSame) => {
    const common = { Os: 'linux', Architecture: 'amd64' }
    const double = await serve({
      'GET /version': recorded('28.5.2', 'version'),
      'GET /v1.44/images/one/json': { body: { ...common, Id: 'sha256:a', ...layers, Config: {} } },
      'GET /v1.44/images/other/json': { body: { ...common, Id: 'sha256:b', ...other } },
    })
    const engine = connect(double)
    const [first, second] = await Promise.all([engine.image('one'), engine.image('other')])
    expect(first?.content === second?.content).toBe(isSame)
  })
})

const engine = await realEngine()

describe.skipIf(engine === null)('reading an image of a real Engine (needs Docker)', () => {
  const image = `shared-cache-test/look-${process.pid}`
  const long = `${'a-long-name/'.repeat(15)}file`
  beforeAll(() => {
    const script = `set -e; cd "$(mktemp -d)"; mkdir -p root/empty/deep "root/$(dirname ${long})"
      echo hello > root/file; ln -s file root/link; touch root/${long}
      for i in $(seq 100); do echo $i > root/empty.$i; done
      tar -c root | docker import -c 'USER 1000' -c 'ENV A=b=c' - ${image} >/dev/null; rm -r "$PWD"`
    execFileSync('bash', ['-c', script])
  })
  afterAll(() => {
    execFileSync('docker', ['rmi', image], { stdio: 'ignore' })
  })

  test('user and variables', async () => {
    const found = await engine?.image(image)
    expect(found).toMatchObject({ user: '1000', env: { A: 'b=c' }, os: 'linux' })
  })

  test.each([
    ['/root', { kind: 'directory' }],
    ['/root/file', { kind: 'file', size: 6 }],
    ['/root/link', { kind: 'link', target: '/root/file' }],
    ['/nowhere', null],
  ])('the file at %s', async (path, stat) => {
    const seen = await engine?.withContainerOf(image, (view) => view.stat(path))
    if (stat === null) expect(seen).toBeNull()
    else expect(seen).toMatchObject(stat)
  })

  test('a directory is listed up to a limit, a tree of empty directories has no files', async () => {
    await engine?.withContainerOf(image, async (view) => {
      expect(await view.list('/root', 3)).toHaveLength(3)
      expect(await view.list('/root', 1000)).toEqual(expect.arrayContaining(['file', long]))
      expect(await view.list('/root/empty', 3)).toEqual([])
      expect(await view.list('/nowhere', 3)).toEqual([])
    })
  })

  test('a file is read up to a limit', async () => {
    await engine?.withContainerOf(image, async (view) => {
      expect(await view.readFile('/root/file', 100)).toBe('hello\n')
      expect(await view.readFile('/root/file', 2)).toBe('he')
      expect(await view.readFile('/root', 2)).toBeNull()
    })
  })

  test('no file is below a file', async () => {
    await engine?.withContainerOf(image, async (view) => {
      expect(await view.stat('/root/file/.cache')).toBeNull()
      expect(await view.stat('/root/file/.cache/pip')).toBeNull()
      expect(await view.list('/root/file/.cache', 3)).toEqual([])
      expect(await view.readFile('/root/file/passwd', 2)).toBeNull()
    })
  })

  test('processes of a running container, by user ids of the host', async () => {
    const base = `${image}-base`
    importBase(process.env['DOCKER_HOST'] ?? '', base)
    const argv = ['run', '-d', '--rm', '--network=none', '--user=1234', base, 'sleep', '100']
    const id = execFileSync('docker', argv, { encoding: 'utf8' }).trim()
    try {
      expect(await engine?.userIds(id)).toEqual([1234])
      expect(await engine?.containers({ id: [id] })).toMatchObject([{ id, state: 'running' }])
    } finally {
      execFileSync('docker', ['rm', '-f', id], { stdio: 'ignore' })
      execFileSync('docker', ['rmi', base], { stdio: 'ignore' })
    }
  })

  test('no container is left, even if reading fails', async () => {
    const fail = () => Promise.reject(new Error('seen enough'))
    await expect(engine?.withContainerOf(image, fail)).rejects.toThrow('seen enough')
    expect(await engine?.containers({ ancestor: [image] })).toEqual([])
  })
})
