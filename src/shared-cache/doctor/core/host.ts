import { keepsAcls } from '../../directories/core/file-system'
import { type CacheProblem, commandFor } from '../../directories/core/problems'
import { checkBudget, checkDisk } from './disk'
import { checkDocker, checkGc, checkNightly, checkRemote, checkSecurity } from './docker'
import type { Finding } from '../../../foundation/core/findings'
import { type Check, type HostFacts, REINSTALL, finding, ok, typed } from './findings'
import { checkPip } from './pip'

const checkNode: Check = ({ node }) => {
  const [major = 0, minor = 0] = node.replace(/^v/, '').split('.').map(Number)
  if (major > 18 || (major === 18 && minor >= 19)) return [ok('node', `Node ${node}`)]
  const text = `Node ${node} is too old: 18.19 or later is needed`
  return finding('fail', 'node', text, 'sudo apt-get install nodejs')
}

const checkDokku: Check = ({ kind, dokku }) => {
  if (kind === 'local') return [ok('dokku', 'no Dokku: these are the caches of this machine')]
  if (dokku === null) return finding('warn', 'dokku', 'cannot find out the version of Dokku', null)
  if (/^0\.3[78]\./.test(dokku)) return [ok('dokku', `Dokku ${dokku}`)]
  return finding('warn', 'dokku', `Dokku ${dokku} is not tested: 0.37 and 0.38 are`, null)
}

const checkContainer: Check = ({ kind, inContainer, root, hostRoot }) => {
  if (kind === 'local') return []
  if (root !== hostRoot) {
    return [ok('container', `Dokku runs in a container: Docker sees the caches in ${hostRoot}`)]
  }
  if (!inContainer) return []
  const text = `Dokku runs in a container, and DOKKU_LIB_HOST_ROOT is not set: Docker cannot find ${root}`
  return finding('fail', 'container', text, "set DOKKU_LIB_HOST_ROOT in Dokku's container")
}

const checkSetup: Check = (facts) => {
  if (facts.isSetUp) return [ok('setup', `the caches are in ${facts.root}`)]
  const nothing = facts.kind === 'dokku' ? 'no app has caches yet' : 'there are no caches yet'
  return finding('warn', 'setup', `setup has not run: ${nothing}`, typed(facts, 'setup'))
}

/** Problems of ACLs on this host; null if they work, or are not needed. */
function aclProblem({ kind, hasSetfacl, fileSystem, root }: HostFacts): readonly Finding[] | null {
  // The caches belong to one user: nobody else has to write to them.
  if (kind === 'local') return null
  const effect = 'apps that run as different users cannot share the caches'
  if (!hasSetfacl) {
    const text = `the package acl is missing: ${effect}`
    return finding('fail', 'acl', text, 'sudo apt-get install acl && dokku shared-cache:setup')
  }
  if (!fileSystem || keepsAcls(fileSystem)) return null
  const { type, mountPoint } = fileSystem
  const text = `the file system of ${root} (${type} on ${mountPoint}) does not support ACLs: ${effect}`
  return finding('fail', 'acl', text, 'move Dokku to a file system such as ext4 or xfs')
}

const checkAcls: Check = (facts) =>
  aclProblem(facts) ?? (facts.kind === 'local' ? [] : [ok('acl', 'setfacl is installed')])

function directoryFinding(facts: HostFacts, found: CacheProblem): Finding {
  const path = found.path ? `${facts.root}/${found.path}` : facts.root
  const text = `${path}: ${found.problem}`
  // What is in the way may hold files of somebody else, and only a person can make a disk writable.
  const remedy = commandFor(facts.root, found) ?? typed(facts, 'doctor --fix')
  // One user's tools may use what is closed to others, unless he runs some of them as another one.
  const isHis = facts.kind === 'local' && found.kind === 'closed inside'
  return { name: 'directories', status: isHis ? 'warn' : 'fail', text, remedy }
}

/** Problems of directories, except for ACLs that are missing or not needed. */
export function directoryProblems(facts: HostFacts): readonly CacheProblem[] {
  const withAcls = facts.kind === 'dokku' && aclProblem(facts) === null
  const found = facts.directories.filter(({ kind }) => withAcls || kind !== 'acl')
  const inTheWay = found.filter(({ kind }) => kind === 'in the way')
  return found.filter(({ path }) => !inTheWay.some((other) => path.startsWith(`${other.path}/`)))
}

const checkDirectories: Check = (facts) => {
  if (!facts.isSetUp) return []
  const problems = directoryProblems(facts)
  if (problems.length > 0) return problems.map((found) => directoryFinding(facts, found))
  const partly = facts.searchedPartly
  const more =
    partly.length === 0
      ? ''
      : `; ${partly.join(', ')} searched in part, the next doctor continues there`
  return [ok('directories', `owners, modes and ACLs are correct${more}`)]
}

const checkHelper: Check = ({ helper, realRoot, version }) => {
  if (helper === null) return []
  if ('error' in helper) return finding('fail', 'helper', helper.error, REINSTALL)
  if (helper.root !== realRoot) {
    const text = `the root helper is installed for ${helper.root}, the caches are in ${realRoot}`
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
      `the property ${key} of ${app} has the invalid value ${JSON.stringify(value)}; the default is used`,
      typed(facts, `set ${app} ${key}`),
    ),
  )

const checkCopies: Check = ({ nestedCopies }) =>
  nestedCopies.flatMap((path) =>
    finding('warn', 'plugin', `${path} is a second copy, from an install over this one`, REINSTALL),
  )

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
  checkPip,
  checkNightly,
  checkGc,
  checkSettings,
]

/** Findings about a host, in a fixed order. */
export function checkHost(facts: HostFacts): readonly Finding[] {
  return CHECKS.flatMap((check) => check(facts))
}
