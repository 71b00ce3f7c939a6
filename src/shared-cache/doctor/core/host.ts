import { keepsAcls } from '../../directories/core/file-system'
import type { CacheProblem } from '../../directories/core/requirements'
import { checkDocker, checkGc, checkNightly, checkRemote, checkSecurity } from './docker'
import { type Check, type Finding, type HostFacts, REINSTALL, finding, ok, typed } from './findings'

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

/** Whether the caches keep to what they may hold, as they were measured last. */
const checkBudget: Check = (facts) => {
  if (!facts.budget) return []
  const { bytes, maxBytes, at, schedule } = facts.budget
  const share = maxBytes > 0 ? `${((bytes / maxBytes) * 100).toFixed(0)} %` : 'all'
  const day = new Date(at).toISOString().slice(0, 10)
  if (bytes <= maxBytes) return [ok('budget', `the caches took ${share} of max-size on ${day}`)]
  const why =
    schedule === 'off'
      ? 'and the schedule is off'
      : 'the schedule prunes what it can at its next run'
  const text = `the caches took ${share} of max-size on ${day}, ${why}`
  return finding('warn', 'budget', text, typed(facts, 'prune'))
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
  checkBudget,
  checkNightly,
  checkGc,
  checkSettings,
]

/** What is right and wrong with a host, in a fixed order. */
export function checkHost(facts: HostFacts): readonly Finding[] {
  return CHECKS.flatMap((check) => check(facts))
}
