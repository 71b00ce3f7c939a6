/** Programs that start the program which follows them, and how their own words end. */
interface Wrapper {
  /** Options whose value is the next word. */
  readonly valued?: RegExp
  /** Words after the options that belong to the wrapper: `timeout 60 COMMAND`. */
  readonly positional?: number
  /** Whether its own words go on until `--`. */
  readonly untilDashes?: true
}

const PLAIN: Wrapper = {}

/** A table without the names that every object has, such as `toString`: a step may call anything. */
function byName<T>(rows: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(rows))
}

const WRAPPERS: ReadonlyMap<string, Wrapper> = byName({
  sudo: {
    valued:
      /^(?:-[A-Za-z]*[ugpCDhRrTtU]|--(?:user|group|prompt|close-from|chdir|host|chroot|role|type|command-timeout|other-user))$/,
  },
  doas: { valued: /^-[uC]$/ },
  env: { valued: /^(?:-[i0v]*[uC]|--unset|--chdir)$/ },
  nice: { valued: /^(?:-n|--adjustment)$/ },
  ionice: { valued: /^(?:-[cn]|--class|--classdata)$/ },
  nohup: PLAIN,
  setsid: PLAIN,
  time: { valued: /^(?:-[fo]|--format|--output)$/ },
  timeout: { valued: /^(?:-[ks]|--signal|--kill-after)$/, positional: 1 },
  gosu: { positional: 1 },
  'su-exec': { positional: 1 },
  setuidgid: { positional: 1 },
  's6-setuidgid': { positional: 1 },
  chpst: { valued: /^-[ueUbnmdofpscrtl]$/ },
  runuser: { valued: /^(?:-[ugGws]|--(?:user|group|supp-group|whitelist-environment|shell))$/ },
  setpriv: {
    valued:
      /^--(?:reuid|regid|ruid|rgid|euid|egid|groups|inh-caps|ambient-caps|bounding-set|securebits|pdeathsig|selinux-label|apparmor-profile)$/,
  },
  xargs: {
    valued:
      /^(?:-[0rtxpo]*[IndPLsEa]|--(?:max-args|max-procs|max-lines|max-chars|arg-file|delimiter|eof))$/,
  },
  parallel: { valued: /^(?:-[jnNIa]|--jobs|--max-args)$/ },
  tini: { valued: /^-[pe]$/ },
  'docker-init': { valued: /^-[pe]$/ },
  'dumb-init': { valued: /^(?:-r|--rewrite)$/ },
  catatonit: PLAIN,
  'with-contenv': PLAIN,
  stdbuf: { valued: /^(?:-[ioe]|--(?:input|output|error))$/ },
  unbuffer: PLAIN,
  chronic: PLAIN,
  eatmydata: PLAIN,
  fakeroot: { valued: /^-[lsbi]$/ },
  linux32: PLAIN,
  linux64: PLAIN,
  setarch: { positional: 1 },
  taskset: { positional: 1 },
  flock: { valued: /^(?:-[wE]|--(?:timeout|wait|conflict-exit-code))$/, positional: 1 },
  strace: { valued: /^-[eopsuPISOabX]$/ },
  'xvfb-run': {
    valued: /^(?:-[efnpsw]|--(?:error-file|auth-file|server-num|xauth-protocol|server-args|wait))$/,
  },
  'ssh-agent': { valued: /^-[aEtP]$/ },
  'cross-env': PLAIN,
  busybox: PLAIN,
})

/** Two words that start a program: `rustup run stable cargo`, `conda run -n base pip`. */
const SUBCOMMANDS: ReadonlyMap<string, Wrapper> = byName({
  'rustup run': { positional: 1 },
  'conda run': { valued: /^(?:-[np]|--(?:name|prefix|cwd))$/ },
  'mamba run': { valued: /^(?:-[np]|--(?:name|prefix|cwd))$/ },
  'micromamba run': { valued: /^(?:-[nparE]|--(?:name|prefix|cwd|env|attach|root-prefix))$/ },
  'mise exec': { untilDashes: true },
  'mise x': { untilDashes: true },
  'asdf exec': PLAIN,
  'pyenv exec': PLAIN,
  'rbenv exec': PLAIN,
  'nodenv exec': PLAIN,
  'bundle exec': PLAIN,
  'direnv exec': { positional: 1 },
  'volta run': { valued: /^--(?:node|npm|pnpm|yarn|env)$/ },
  'nvm exec': { positional: 1 },
  'fnm exec': { valued: /^--using$/ },
})

/** Options with which these start a program without the variables of the step; sudo does so by default. */
const CLEARING: ReadonlyMap<string, RegExp> = byName({
  su: /^(?:-|-[a-z]*l|--login)$/,
  runuser: /^(?:-|-[a-z]*l|--login)$/,
  env: /^(?:-|-[0v]*i|--ignore-environment)$/,
})
const KEEPING = /^(?:-[A-Za-z]*E|--preserve-env(?:=.*)?)$/

export function programName(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1)
}

/** Whether a wrapper removes the variables of the step. */
export function clearsEnvironment(words: readonly string[]): boolean {
  const name = programName(words[0] ?? '')
  if (name === 'sudo') return !words.some((word) => KEEPING.test(word))
  const clearing = CLEARING.get(name)
  return clearing !== undefined && words.some((word) => clearing.test(word))
}

/** The words after a wrapper and its options; null where the first word is no wrapper. */
export function withoutWrapper(words: readonly string[]): readonly string[] | null {
  const name = programName(words[0] ?? '')
  const two = SUBCOMMANDS.get(`${name} ${words[1] ?? ''}`)
  const wrapper = two ?? WRAPPERS.get(name)
  if (!wrapper) return null
  if (wrapper.untilDashes) return words.includes('--') ? words.slice(words.indexOf('--') + 1) : []
  let at = two ? 2 : 1
  for (;;) {
    const word = words[at] ?? ''
    if (word === '--') {
      at++
      break
    }
    if (!word.startsWith('-')) break
    at += wrapper.valued?.test(word) === true ? 2 : 1
  }
  const rest = words.slice(at + (wrapper.positional ?? 0))
  return rest[0] === '--' ? rest.slice(1) : rest
}
