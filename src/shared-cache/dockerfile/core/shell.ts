import { execWords, type Instruction } from './parse'

/** One program that a step calls: its words without wrappers such as sudo, and its variables. */
export interface Call {
  readonly words: readonly string[]
  /** `NAME=value` in front of it, or exported before it in the step. */
  readonly env: Readonly<Record<string, string>>
}

const SHELL_NAME = /^(?:ba|da|a|z|k)?sh$/
const KEYWORD = /^(?:if|then|else|elif|do|while|until|time|!|\{|\(|exec|command|builtin|eval)$/
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/

/** Words that only start another program, and their options that take a value. */
const WRAPPERS: Readonly<Record<string, { valued: RegExp; positional: number }>> = {
  sudo: { valued: /^-[ugpCDhRrTt]$/, positional: 0 },
  env: { valued: /^-[uC]$/, positional: 0 },
  nice: { valued: /^-n$/, positional: 0 },
  nohup: { valued: /^$/, positional: 0 },
  timeout: { valued: /^-[ks]$/, positional: 1 },
  gosu: { valued: /^$/, positional: 1 },
  'su-exec': { valued: /^$/, positional: 1 },
  setpriv: { valued: /^$/, positional: 0 },
  xargs: { valued: /^-[IndPLs]$/, positional: 0 },
  doas: { valued: /^-u$/, positional: 0 },
}

export function programName(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1)
}

/**
 * Simple commands of a shell text, as words without their quotes. Nested commands (`$(…)`,
 * backticks) become commands of their own. This is not a shell: what it does not understand becomes
 * words, and it never runs anything.
 */
function simpleCommands(text: string): readonly (readonly string[])[] {
  const commands: string[][] = []
  let words: string[] = []
  let word: string | null = null
  let quote = ''
  const endWord = () => {
    if (word !== null) words.push(word)
    word = null
  }
  const endCommand = () => {
    endWord()
    if (words.length > 0) commands.push(words)
    words = []
  }
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (quote === "'") {
      if (char === "'") quote = ''
      else word = (word ?? '') + char
    } else if (char === '\\') {
      at++
      if (text.charAt(at) !== '\n') word = (word ?? '') + text.charAt(at)
    } else if (char === '`' || (char === '$' && text.charAt(at + 1) === '(')) {
      if (char === '$') at++
      endCommand()
      quote = ''
    } else if (quote) {
      if (char === quote) quote = ''
      else word = (word ?? '') + char
    } else if (char === "'" || char === '"') {
      quote = char
      word ??= ''
    } else if (char === '#' && word === null) {
      while (at + 1 < text.length && text.charAt(at + 1) !== '\n') at++
    } else if (/[;&|\n()]/.test(char)) endCommand()
    else if (/\s/.test(char)) endWord()
    else word = (word ?? '') + char
  }
  endCommand()
  return commands
}

/** Programs that do not call other programs in a build. */
const LONE = new Set(
  (
    'apk apt apt-get dnf microdnf yum dpkg cat cd chmod chown cp curl cut date df echo find getent git grep ' +
    'groupadd addgroup adduser useradd gunzip gzip head id install ldconfig ln ls mkdir mktemp mv printf pwd ' +
    'rm rmdir sed set sha256sum sleep sort stat strip tail tar tee test touch tr true unzip upx wget xz [ : exit'
  ).split(' '),
)

/** Whether one of these may call a tool that the step does not name: a make, a script. */
export function mayCall(calls: readonly Call[], tool: RegExp): boolean {
  const names = calls.map(({ words }) => programName(words[0] ?? ''))
  return names.some((name) => !LONE.has(name) && !tool.test(name))
}

function skipWrapper(words: readonly string[]): readonly string[] {
  const wrapper = WRAPPERS[programName(words[0] ?? '')]
  if (!wrapper) return words
  let at = 1
  while (words[at]?.startsWith('-')) at += wrapper.valued.test(words[at] ?? '') ? 2 : 1
  return words.slice(at + wrapper.positional)
}

/** The text after `-c` of a shell or of `su`; undefined where there is none. */
function shellText(words: readonly string[]): string | undefined {
  const name = programName(words[0] ?? '')
  if (!SHELL_NAME.test(name) && name !== 'su' && name !== 'runuser') return undefined
  const at = words.findIndex((word) => /^-[a-z]*c$/.test(word) || word === '--command')
  return at === -1 ? undefined : words[at + 1]
}

function callsOf(words: readonly string[], exported: Record<string, string>): readonly Call[] {
  const env: Record<string, string> = {}
  let rest = words
  for (;;) {
    const [first = ''] = rest
    const [, name, value = ''] = ASSIGNMENT.exec(first) ?? []
    if (name !== undefined) {
      env[name] = value
      rest = rest.slice(1)
    } else if (KEYWORD.test(first)) rest = rest.slice(1)
    else if (WRAPPERS[programName(first)]) rest = skipWrapper(rest)
    else break
  }
  if (rest.length === 0 || rest[0] === 'export') {
    // Without a program after it, an assignment holds for the rest of the step.
    for (const word of rest.slice(1)) {
      const [, name, value = ''] = ASSIGNMENT.exec(word) ?? []
      if (name !== undefined) env[name] = value
    }
    Object.assign(exported, env)
    return []
  }
  const text = shellText(rest)
  if (text !== undefined) return textCalls(text, { ...exported, ...env })
  return [{ words: rest, env: { ...exported, ...env } }]
}

function textCalls(text: string, exported: Record<string, string>): readonly Call[] {
  return simpleCommands(text).flatMap((words) => callsOf(words, exported))
}

/** Whether a shell reads a heredoc: unless its first line or the command before it says otherwise. */
function isShellText(command: string, content: string): boolean {
  const words = command.trim().split(/\s+/)
  const program = words.find((word) => !/^\d*<<|^\d*>/.test(word))
  if (program !== undefined) return SHELL_NAME.test(programName(program))
  const [, interpreter] = /^#!\s*(?:\S*\/env\s+(?:-S\s+)?)?(\S+)/.exec(content) ?? []
  return interpreter === undefined || SHELL_NAME.test(programName(interpreter))
}

/**
 * The programs that a RUN instruction calls, as far as its text shows them. `shell` is whether a known
 * shell reads its shell form.
 */
export function callsIn(instruction: Instruction, shell: boolean): readonly Call[] {
  const exec = execWords(instruction.args)
  if (exec) return callsOf(exec, {})
  if (!shell) return []
  const env: Record<string, string> = {}
  const calls = textCalls(instruction.args, env)
  const scripts = instruction.heredocs.filter((doc) => isShellText(instruction.args, doc.content))
  return [...calls, ...scripts.flatMap((doc) => textCalls(doc.content, env))]
}
