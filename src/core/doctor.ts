import { type FileSystem, keepsAcls } from './file-system'
import { KnownError } from './errors'
import { type GcBudgets, gcConflicts } from './gc'
import type { CacheProblem } from './layout'
import type { NightlyMode } from './nightly'

/** One thing that was checked. */
export interface Finding {
  /** What it is about: one word, the same in every run. */
  readonly name: string
  /** `fail`: the caches do not work as they should. `warn`: a person should know. */
  readonly status: 'ok' | 'warn' | 'fail'
  readonly text: string
  /** What to do about it; null where nothing has to be done, or nothing can. */
  readonly remedy: string | null
}

export interface DockerFacts {
  readonly version: string
  /** As `docker info` has them, such as `name=userns`. */
  readonly securityOptions: readonly string[]
}

/** What was found out about a host. */
export interface HostFacts {
  readonly kind: 'dokku' | 'local'
  /** Version of this program. */
  readonly version: string
  readonly root: string
  /** The root without links, as the helper has it. */
  readonly realRoot: string
  /** The root as Docker sees it. */
  readonly hostRoot: string
  /** Such as `v18.19.1`. */
  readonly node: string
  /** Such as `0.38.27`; null where nothing tells. */
  readonly dokku: string | null
  /** What Docker says of itself, or why it does not. */
  readonly docker: DockerFacts | { readonly error: string }
  /** Where Docker is, when that is not this machine; null when it is. */
  readonly remoteDocker: string | null
  readonly inContainer: boolean
  readonly isSetUp: boolean
  readonly hasSetfacl: boolean
  readonly fileSystem: FileSystem | undefined
  readonly directories: readonly CacheProblem[]
  /** What the root helper says of itself, or why it does not; null where none is needed. */
  readonly helper:
    { readonly version: string; readonly root: string } | { readonly error: string } | null
  readonly nightly: NightlyFacts
  /** Null where Docker, its settings or its disk cannot be looked at. */
  readonly gc: GcFacts | null
  readonly disk: {
    readonly bytes: number
    readonly freeBytes: number
    readonly inodes: number | null
    readonly freeInodes: number | null
  }
  /** Copies of the plugin inside the plugin. */
  readonly nestedCopies: readonly string[]
  /** Values in the property store that their own key refuses. */
  readonly invalid: readonly {
    readonly app: string
    readonly key: string
    readonly value: string
  }[]
}

/** What happens at night on this host. */
interface NightlyFacts {
  /** Whether Dokku prunes through a service of systemd, or a file of cron; null for neither. */
  readonly through: 'systemd' | 'cron' | null
  /** False where Dokku's command waits for an answer that never comes. */
  readonly forced: boolean
  /** What was chosen, and whether the file that has to be changed for it is. */
  readonly chosen: NightlyMode
  readonly inPlace: boolean
}

/** Docker's own rules for its build cache, and the budgets that they may work against. */
interface GcFacts {
  readonly engine: string
  /** Text of its `daemon.json`. */
  readonly daemon: string
  readonly budgets: GcBudgets
}

type Check = (facts: HostFacts) => readonly Finding[]

const ok = (name: string, text: string): Finding => ({ name, status: 'ok', text, remedy: null })

function finding(
  status: 'warn' | 'fail',
  name: string,
  text: string,
  remedy: string | null,
): readonly Finding[] {
  return [{ name, status, text, remedy }]
}

/** How a command is typed where it was found. */
function typed(facts: HostFacts, words: string): string {
  return facts.kind === 'dokku' ? `dokku shared-cache:${words}` : `shared-cache ${words}`
}

const REINSTALL = 'sudo dokku plugin:install'

const checkNode: Check = ({ node }) => {
  const [major = 0, minor = 0] = node.replace(/^v/, '').split('.').map(Number)
  if (major > 18 || (major === 18 && minor >= 19)) return [ok('node', `Node ${node}`)]
  return finding('fail', 'node', `Node ${node} is older than 18.19`, 'sudo apt-get install nodejs')
}

const checkDokku: Check = ({ kind, dokku }) => {
  if (kind === 'local') return [ok('dokku', 'no Dokku here: these are the caches of this machine')]
  if (dokku === null) return finding('warn', 'dokku', 'the version of Dokku is unknown', null)
  if (/^0\.3[78]\./.test(dokku)) return [ok('dokku', `Dokku ${dokku}`)]
  return finding('warn', 'dokku', `Dokku ${dokku} was not tried: 0.37 and 0.38 were`, null)
}

const checkDocker: Check = ({ kind, docker }) => {
  if (!('error' in docker)) return [ok('docker', `Docker ${docker.version}`)]
  const status = kind === 'dokku' ? 'fail' : 'warn'
  return finding(status, 'docker', docker.error, 'sudo systemctl start docker')
}

const checkRemote: Check = ({ kind, remoteDocker, root }) => {
  if (remoteDocker === null || kind === 'local') return []
  const text = `Docker is at ${remoteDocker}: its containers see that machine's ${root}, not this one's`
  return finding('fail', 'docker-host', text, 'unset DOCKER_HOST and DOCKER_CONTEXT for Dokku')
}

/** Hosts whose containers have other users, or labels, than the files they are given. */
const checkSecurity: Check = ({ docker, hostRoot }) => {
  if ('error' in docker) return []
  const has = (name: string) =>
    docker.securityOptions.some((option) => option.split(',').includes(`name=${name}`))
  return [
    ...(has('rootless')
      ? finding(
          'warn',
          'docker-users',
          "Docker runs rootless: root in a container is not the caches' owner, so pip run by root keeps no cache",
          null,
        )
      : []),
    ...(has('userns')
      ? finding(
          'warn',
          'docker-users',
          "Docker maps users (userns-remap): root in a container is not the caches' owner, so pip run by root keeps no cache",
          'dokku docker-options:add APP deploy "--userns=host"',
        )
      : []),
    ...(has('selinux')
      ? finding(
          'warn',
          'selinux',
          'SELinux confines containers: without a label of theirs they may not write the caches',
          `sudo semanage fcontext -a -t container_file_t '${hostRoot}(/.*)?' && sudo restorecon -R ${hostRoot}`,
        )
      : []),
  ]
}

const checkContainer: Check = ({ kind, inContainer, root, hostRoot }) => {
  if (kind === 'local') return []
  if (root !== hostRoot) {
    return [ok('container', `Dokku runs in a container: Docker sees the caches in ${hostRoot}`)]
  }
  if (!inContainer) return []
  const text = `Dokku runs in a container, but DOKKU_LIB_HOST_ROOT does not say what ${root} is to Docker`
  return finding('fail', 'container', text, "set DOKKU_LIB_HOST_ROOT in Dokku's container")
}

const checkSetup: Check = (facts) => {
  if (facts.isSetUp) return [ok('setup', `the caches are in ${facts.root}`)]
  const text = 'setup has not run: nothing has caches yet'
  return finding('warn', 'setup', text, typed(facts, 'setup'))
}

const checkAcls: Check = ({ hasSetfacl, fileSystem, root }) => {
  if (!hasSetfacl) {
    const text = 'setfacl is missing: apps that run as different users will refuse each other'
    return finding('fail', 'acl', text, 'sudo apt-get install acl')
  }
  if (!fileSystem || keepsAcls(fileSystem)) return [ok('acl', 'setfacl is there')]
  const text = `the file system of ${root} (${fileSystem.type} on ${fileSystem.mountPoint}) keeps no ACLs: apps that run as different users will refuse each other`
  return finding('fail', 'acl', text, 'move Dokku to a file system such as ext4 or xfs')
}

function directoryFinding(facts: HostFacts, found: CacheProblem): Finding {
  const path = found.path ? `${facts.root}/${found.path}` : facts.root
  const text = `${path}: ${found.problem}`
  // What others put there may hold something of theirs: nobody but its owner can say.
  const remedy =
    found.kind === 'in the way' ? `mv ${path} ${path}.old` : typed(facts, 'doctor --fix')
  return { name: 'directories', status: 'fail', text, remedy }
}

const checkDirectories: Check = (facts) => {
  if (!facts.isSetUp) return []
  if (facts.directories.length === 0) {
    return [ok('directories', 'owners, modes and ACLs are as they should be')]
  }
  const inTheWay = facts.directories.filter(({ kind }) => kind === 'in the way')
  return facts.directories
    .filter(({ path }) => !inTheWay.some((other) => path.startsWith(`${other.path}/`)))
    .map((found) => directoryFinding(facts, found))
}

const checkHelper: Check = ({ helper, realRoot, version }) => {
  if (helper === null) return []
  if ('error' in helper) return finding('fail', 'helper', helper.error, REINSTALL)
  if (helper.root !== realRoot) {
    const text = `the root helper works in ${helper.root}, not in ${realRoot}`
    return finding('fail', 'helper', text, REINSTALL)
  }
  if (helper.version !== version) {
    const text = `the root helper has version ${helper.version}, the plugin ${version}`
    return finding('warn', 'helper', text, REINSTALL)
  }
  return [ok('helper', 'the root helper answers')]
}

/** What Dokku's own prune at 04:05 does to cache mounts, and whether what was chosen instead is there. */
const checkNightly: Check = (facts) => {
  const { through, forced, chosen, inPlace } = facts.nightly
  if (through === null) return []
  if (chosen !== 'dokku') {
    if (inPlace) return [ok('nightly-prune', `Dokku's prune at 04:05 is replaced: ${chosen}`)]
    const text = `nightly-prune is ${chosen}, but Dokku's own prune at 04:05 is in place`
    return finding('fail', 'nightly-prune', text, REINSTALL)
  }
  const remedy = typed(facts, 'set --global nightly-prune budget')
  const text = forced
    ? 'Dokku prunes at 04:05 and deletes every cache mount of Docker that is not in use'
    : "Dokku's prune at 04:05 (/etc/cron.d/docker-builder-prune) lacks -f and so prunes nothing"
  return finding('warn', 'nightly-prune', text, remedy)
}

/** Whether Docker's own rules work against the budgets, and can be mended. */
export function needsGc({ gc }: HostFacts): boolean {
  try {
    return gc !== null && gcConflicts(gc.daemon, gc.engine, gc.budgets).length > 0
  } catch (error) {
    if (error instanceof KnownError) return false
    throw error
  }
}

const checkGc: Check = (facts) => {
  const { gc } = facts
  if (!gc) return []
  let conflicts: readonly string[]
  try {
    conflicts = gcConflicts(gc.daemon, gc.engine, gc.budgets)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    return finding('warn', 'docker-gc', error.message, 'sudo dockerd --validate')
  }
  if (conflicts.length === 0) {
    return [ok('docker-gc', "Docker's own rules leave room for the budgets")]
  }
  const text = `Docker prunes its build cache by itself: ${conflicts.join('; ')}`
  return finding('warn', 'docker-gc', text, `${typed(facts, 'doctor --fix')}, then restart Docker`)
}

const checkSettings: Check = (facts) =>
  facts.invalid.flatMap(({ app, key, value }) =>
    finding(
      'warn',
      'settings',
      `${key} of ${app} is ${JSON.stringify(value)}, which counts as not set`,
      typed(facts, `set ${app} ${key}`),
    ),
  )

const checkCopies: Check = ({ nestedCopies }) =>
  nestedCopies.flatMap((path) =>
    finding('warn', 'plugin', `${path} was left by an install over this one`, REINSTALL),
  )

/** Below a tenth somebody should look, below a hundredth installs begin to fail. */
function room(facts: HostFacts, name: string, what: string, free: number, all: number) {
  const share = all > 0 ? free / all : 1
  const text = `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} % of the ${what} free`
  if (share >= 0.1) return [ok(name, text)]
  const status = share < 0.01 ? 'fail' : 'warn'
  return finding(status, name, text, typed(facts, 'prune --older-than 30d'))
}

const checkDisk: Check = (facts) => {
  const { bytes, freeBytes, inodes, freeInodes } = facts.disk
  return [
    ...room(facts, 'space', 'disk is', freeBytes, bytes),
    ...(inodes === null || freeInodes === null
      ? []
      : room(facts, 'inodes', 'inodes are', freeInodes, inodes)),
  ]
}

const CHECKS: readonly Check[] = [
  checkNode,
  checkDokku,
  checkCopies,
  checkDocker,
  checkRemote,
  checkSecurity,
  checkContainer,
  checkHelper,
  checkAcls,
  checkSetup,
  checkDirectories,
  checkDisk,
  checkNightly,
  checkGc,
  checkSettings,
]

/** What is right and wrong with a host, in a fixed order. */
export function checkHost(facts: HostFacts): readonly Finding[] {
  return CHECKS.flatMap((check) => check(facts))
}
