import { describe, expect, test } from 'vitest'
import {
  CATALOGUE,
  cacheNamed,
  findCache,
  NEUTRAL_HOME,
  noSuchCache,
} from '../../../../src/shared-cache/catalogue/core/catalogue'
import {
  isMountDevice,
  isSharedMount,
  mountArgument,
  mountDevice,
  mountKey,
  type SharedMount,
} from '../../../../src/shared-cache/catalogue/core/cache-mounts'
import { nameIn, rootOf, splitName } from '../../../../src/shared-cache/catalogue/core/group'
import {
  isBaseDirectory,
  isInnerDirectory,
  isSystem,
  systemName,
} from '../../../../src/shared-cache/catalogue/core/system'

describe('the row of a cache', () => {
  // Servers have these paths and names on their disks: none of them may change by mistake.
  test.each([
    ['pip', '/root/.cache/pip', 'PIP_CACHE_DIR', '{home}', ['http-v2', 'http'], ['wheels']],
    ['uv', '/root/.cache/uv', 'UV_CACHE_DIR', '{home}', [], ['']],
    ['npm', '/root/.cache/npm', 'NPM_CONFIG_CACHE', '{home}', [''], []],
    ['playwright', '/root/.cache/ms-playwright', 'PLAYWRIGHT_BROWSERS_PATH', '{home}', [], ['']],
    ['cargo', '/root/.cargo', 'CARGO_HOME', '{home}', ['registry', 'git'], []],
    [
      'sccache',
      '/run/shared-cache/sccache',
      'RUSTC_WRAPPER',
      '/run/shared-cache/sccache-program/rustc-wrapper',
      [],
      [''],
    ],
    [
      'apt',
      '/run/shared-cache/apt',
      'APT_CONFIG',
      '/run/shared-cache/apt-program/apt.conf',
      [],
      [''],
    ],
    ['pnpm', '/root/.local/share/pnpm/store', 'npm_config_store_dir', '{home}', [''], []],
    ['yarn', '/root/.yarn/berry', 'YARN_GLOBAL_FOLDER', '{home}', [''], []],
    ['bun', '/root/.bun/install/cache', 'BUN_INSTALL_CACHE_DIR', '{home}', [''], []],
    ['go', '/root/.cache/go', 'GOMODCACHE', '{cache}/mod', ['mod'], ['build']],
    ['composer', '/root/.cache/composer', 'COMPOSER_CACHE_DIR', '{home}', [''], []],
  ])('of %s', (name, rootHome, variable, value, downloaded, built) =>
    expect(cacheNamed(name)).toMatchObject({
      ...{ rootHome, downloaded, built, location: { name: variable, value } },
    }),
  )
  test.each([
    ['pip', ['http-v2', 'http']],
    ['uv', []],
    ['playwright', []],
    ['apt', []],
    ['go', []],
  ])('of %s, which is separate by system, links %j', (name, links) =>
    expect(cacheNamed(name).perSystem).toEqual({ links }),
  )
  const only = (pick: (cache: (typeof CATALOGUE)[number]) => boolean) =>
    CATALOGUE.filter(pick).map(({ name }) => name)
  test('is like the others but for a few', () => {
    expect(only(({ perSystem }) => perSystem !== null)).toEqual([
      ...['pip', 'uv', 'playwright', 'apt', 'go'],
    ])
    expect(only(({ followsImage }) => followsImage)).toEqual(['cargo'])
    expect(only(({ ownInContainers }) => ownInContainers.length > 0)).toEqual(['npm'])
    expect(only(({ withoutDokku }) => withoutDokku !== null)).toEqual(['npm'])
    expect(only(({ samePlace }) => samePlace !== null)).toEqual(['uv'])
    expect(only(({ programs }) => programs !== null)).toEqual(['sccache', 'apt'])
    expect(only(({ bakedPlaces }) => bakedPlaces.length > 0)).toEqual(['playwright'])
    expect(only(({ usedIn }) => usedIn === 'builds')).toEqual(['go'])
    expect(only(({ mounts }) => mounts.length > 1)).toEqual(['cargo'])
    expect(cacheNamed('uv').samePlace).toBe('/run/shared-cache/uv')
    expect(cacheNamed('sccache').programs?.directory).toBe('sccache-program')
    expect(cacheNamed('apt').programs?.directory).toBe('apt-program')
    expect(cacheNamed('npm').mounts).toEqual([{ path: '', kind: 'directory' }])
    expect(NEUTRAL_HOME).toBe('/var/cache/shared-cache')
  })
  test('has helper variables', () => {
    const helpers = CATALOGUE.flatMap((cache) =>
      cache.helpers.map((each) => `${each.name}=${each.value}`),
    )
    expect(helpers).toEqual([
      'UV_LINK_MODE=copy',
      'NPM_CONFIG_LOGS_MAX=0',
      'NPM_CONFIG_UPDATE_NOTIFIER=false',
      'PLAYWRIGHT_SKIP_BROWSER_GC=1',
      'CARGO_CACHE_AUTO_CLEAN_FREQUENCY=never',
      'SHARED_CACHE_APT={home}',
      'npm_config_side_effects_cache=false',
      'pnpm_config_store_dir={home}',
      'pnpm_config_side_effects_cache=false',
      'YARN_ENABLE_GLOBAL_CACHE=false',
      'GOCACHE={home}/build',
    ])
  })
  test('is found by its name or directory', () => {
    expect([findCache('rust'), findCache('cargo')]).toEqual([
      cacheNamed('cargo'),
      cacheNamed('cargo'),
    ])
    expect(findCache('nope')).toBeUndefined()
    expect(() => cacheNamed('rust')).toThrow('rust')
    expect(noSuchCache('x', ['y']).hint).toMatch(/pip, uv, .*composer, y$/)
  })
})

describe('a group', () => {
  test.each([
    ['pip', '', 'pip'],
    ['private:rust', 'private', 'cargo'],
  ])('%s is of %j: %s', (name, group, cache) =>
    expect(splitName(name)).toMatchObject({ group, cache: { name: cache } }),
  )
  test.each(['', ':pip', 'a:pip', 'A1:pip', 'ab:cd:pip', 'private:nope', 'private:'])(
    '%j has none',
    (name) => expect(splitName(name)).toBeUndefined(),
  )
  test('has its own path and names', () => {
    expect([rootOf('/r', ''), rootOf('/r', 'ab')]).toEqual(['/r', '/r/groups/ab'])
    expect([nameIn('', 'pip'), nameIn('ab', 'pip')]).toEqual(['pip', 'ab:pip'])
  })
})

describe('the directory of a system', () => {
  test.each([
    ['ID=debian\nVERSION_ID="12"\n', 'amd64', false, 'debian-12-amd64-glibc'],
    ["ID='alpine'\nVERSION_ID=3.20.1\n", 'arm64', true, 'alpine-3.20-arm64-musl'],
    ['ID=debian\nVERSION_CODENAME=trixie\n', 'amd64', false, 'debian-trixie-amd64-glibc'],
    ['ID=arch\n', 'amd64', false, 'arch-rolling-amd64-glibc'],
    ['ID=Ubuntu\nVERSION_ID="24.04.1"\n', 'amd64', false, 'ubuntu-24.04.1-amd64-glibc'],
    ['ID=x\nVERSION_ID="1~rc"\n', 'amd64', false, 'x-1.rc-amd64-glibc'],
    ['ID_LIKE=debian\nXID=debian\n', 'amd64', false, ''],
    ['ID=a/b\n', 'amd64', false, ''],
    ['ID=debian\n', '', false, ''],
    ['', 'amd64', false, ''],
  ])('of %j on %s (musl %s) is %j', (release, architecture, musl, name) =>
    expect(systemName(release, architecture, musl)).toBe(name),
  )
  test.each([
    ['debian-12-amd64-glibc', true, false],
    ['base-0123456789abcdef', false, true],
    ['base-0123456789abcde', false, false],
    ['base-0123456789abcdeg', false, false],
    ['debian-12-amd64-uclibc', false, false],
    ['.-12-amd64-glibc', false, false],
    [`${'a'.repeat(66)}-1-amd64-glibc`, true, false],
    [`${'a'.repeat(67)}-1-amd64-glibc`, false, false],
    ['debian-12-amd64-glibc\n', false, false],
  ])('%j is that of a system: %s, of a base image: %s', (name, system, base) => {
    expect([isSystem(name), isBaseDirectory(name)]).toEqual([system, base])
    expect(isInnerDirectory(name)).toBe(system || base)
  })
})

describe('a cache mount in shared storage', () => {
  const mount = (over: Partial<SharedMount> = {}): SharedMount => ({
    ...{ id: '/x', uid: '', gid: '', mode: '', target: '/x' },
    ...over,
  })
  test.each<[string, Partial<SharedMount>, boolean]>([
    ['a plain one', {}, true],
    ['an owner', { uid: '1000', gid: '1000', mode: '0755' }, true],
    ['a number too long', { uid: '1000000000' }, false],
    ['a number that is none', { gid: 'x' }, false],
    ['a mode that is none', { mode: '9' }, false],
    ['a mode too long', { mode: '00755' }, false],
    ['an id with a blank', { id: 'a b' }, true],
    ['an id with a line end', { id: 'a\nb' }, false],
    ['the longest id', { id: 'a'.repeat(250) }, true],
    ['a longer one', { id: 'a'.repeat(251) }, false],
    ['the longest place', { target: `/${'a'.repeat(249)}` }, true],
    ['a longer place', { target: `/${'a'.repeat(250)}` }, false],
  ])('may have %s', (_, over, expected) => expect(isSharedMount(mount(over))).toBe(expected))

  test.each([
    ...['/app/target', '/var/cache/x', '/etc/x', '/run/x', '/root/.gradle', '/processes', '/a.b'],
  ])('may have the target %s', (target) => expect(isSharedMount(mount({ target }))).toBe(true))
  test.each([
    ...['', 'x', '/', '/etc', '/etc/hosts', '/run', '/var', '/proc', '/proc/x', '/sys', '/dev/shm'],
    ...['/run/shared-cache', '/run/shared-cache/x', '/var/run/shared-cache', '/var/run', '/a//b'],
    ...['/run/secrets/x', '/run/buildkit', '/a/', '/a/.', '/a/..', '/a b', '/a"', "/a'", '/a\\'],
    ...['/a$', '/a,b', '/a=b', '/\u00e4', '/etc/hostname', '/etc/resolv.conf'],
  ])('may not have the target %j', (target) => expect(isSharedMount(mount({ target }))).toBe(false))

  test('has a directory by everything but its target, and a device by that too', () => {
    const others = [{ id: '/y' }, { uid: '1' }, { gid: '1' }, { mode: '1' }].map((over) =>
      mount(over),
    )
    expect(new Set([mount(), ...others].map(mountKey)).size).toBe(5)
    const moved = mount({ target: '/y' })
    expect(mountKey(moved)).toBe(mountKey(mount()))
    expect(mountDevice(moved)).not.toBe(mountDevice(mount()))
    expect(mountKey(mount())).toMatch(/^[0-9a-f]{16}$/)
    expect(isMountDevice(mountDevice(mount()))).toBe(true)
    expect(isMountDevice('mount-x')).toBe(false)
    expect(isMountDevice(`a${mountDevice(mount())}`)).toBe(false)
    expect(isMountDevice(`${mountDevice(mount())}0`)).toBe(false)
  })
  test("is passed to the helper with BuildKit's defaults for missing options", () => {
    expect(mountArgument(mount())).toBe(`${mountKey(mount())}:0:0:755:/x`)
    const whole = mount({ uid: '1', gid: '2', mode: '700' })
    expect(mountArgument(whole)).toBe(`${mountKey(whole)}:1:2:700:/x`)
  })
})
