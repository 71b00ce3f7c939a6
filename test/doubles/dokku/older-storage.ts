import { verifyApp } from './names'
import { Failure, type File, type Files, flag, log, parseFlags } from './dokku'
import { addOption, options, removeOption } from './options'
import { report } from './report'
import { parseColon, printMounts } from './storage'

const PHASES = ['deploy', 'run']

/** The mounts of an app before 0.38: docker options that begin with `-v`. */
function olderMounts(app: string, phase: string): string[] {
  return options(app, phase)
    .filter((option) => option.startsWith('-v '))
    .map((option) => option.slice(3))
}

function isMounted(app: string, mount: string): boolean {
  return PHASES.some((phase) => olderMounts(app, phase).includes(mount))
}

const change =
  (wanted: boolean, refusal: string, deed: typeof addOption): File =>
  (_, ...given) => {
    const [app = '', mount = ''] = parseFlags(given, {}).args
    verifyApp(app)
    parseColon(mount)
    if (isMounted(app, mount) !== wanted) throw new Failure(refusal)
    deed(app, PHASES, `-v ${mount}`)
    return 0
  }

function row(mount: string): Record<string, unknown> {
  const [host_path, container_path, ...rest] = mount.split(':')
  return { host_path, container_path, volume_options: rest.join(':') }
}

const list: File = (_, ...given) => {
  const flags = parseFlags(given, { format: true })
  const app = flags.args[0] ?? ''
  verifyApp(app)
  const mounts = olderMounts(app, 'deploy')
  printMounts(app, flag(flags, 'format') ?? 'text', mounts.map(row), mounts)
  return 0
}

const shown = (app: string, phase: string) =>
  olderMounts(app, phase)
    .map((mount) => `-v ${mount}`)
    .join(' ')

/** The storage plugin as it was before 0.38: no entries. */
export const olderStorageFiles: Files = {
  'storage/subcommands/mount': change(false, 'Mount path already exists.', addOption),
  'storage/subcommands/unmount': change(true, 'Mount path does not exist.', removeOption),
  'storage/subcommands/list': list,
  'storage/subcommands/report': (_, ...given) =>
    report(
      'storage',
      given,
      (app) => ({
        '--storage-build-mounts': shown(app, 'build'),
        '--storage-deploy-mounts': shown(app, 'deploy'),
        '--storage-run-mounts': shown(app, 'run'),
      }),
      { keepPrefix: true },
    ),
  'storage/storage-list': (app = '', phase = 'deploy') => {
    for (const mount of olderMounts(app, phase)) log.line(mount)
    return 0
  },
}
