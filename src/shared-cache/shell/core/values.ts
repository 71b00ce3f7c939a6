import type { StepCalls } from './call'

/** The most values of a word that are looked at. */
const MOST = 64

/** How deep values may name other variables. */
const DEEPEST = 3

/** A list in braces, without braces in it: `{a,b}`. */
const BRACES = /(?<!\$)\{([^{}]*,[^{}]*)\}/

/** The words that a shell makes of `a{b,c}`. */
function withoutBraces(word: string): readonly string[] {
  let words: readonly string[] = [word]
  while (words.length < MOST && words.some((each) => BRACES.test(each))) {
    words = words.flatMap((each) => {
      const [all, list = ''] = BRACES.exec(each) ?? []
      return all === undefined ? [each] : list.split(',').map((one) => each.replace(all, () => one))
    })
  }
  return words
}

/** `$NAME` and `${NAME…}`; `$@`, `$*` and arrays too. */
function referenceTo(name: string): RegExp {
  const one = name === '@' ? '[@*]' : name
  const end = name === '@' ? '' : '(?!\\w)'
  return new RegExp(`\\$(?:${one}${end}|\\{${one}${end}[^}]*\\})`)
}

/** A word with each value that the step gives to its variables, and the word itself. */
export function valuesOf(word: string, assigned: StepCalls['assigned']): readonly string[] {
  let found: readonly string[] = withoutBraces(word)
  for (let depth = 0; depth < DEEPEST && word.includes('$'); depth++) {
    const before = found.length
    for (const [name, values] of assigned) {
      const reference = referenceTo(name)
      if (!found.some((each) => reference.test(each))) continue
      found = found.flatMap((each) =>
        reference.test(each)
          ? [each, ...values.map((value) => each.replace(reference, () => value))]
          : [each],
      )
      found = [...new Set(found)].slice(0, MOST)
    }
    if (found.length === before) break
  }
  return found
}

/** The values of a step together with those that the file sets before it. */
export function withFileValues(
  assigned: StepCalls['assigned'],
  variables: ReadonlyMap<string, string | null>,
): StepCalls['assigned'] {
  const all = new Map(assigned)
  for (const [name, value] of variables)
    if (value !== null) all.set(name, [...(all.get(name) ?? []), value])
  return all
}

/** The values that name no variable of the step any more. */
export function settled(
  values: readonly string[],
  assigned: StepCalls['assigned'],
): readonly string[] {
  const references = [...assigned].flatMap(([name, { length }]) =>
    length > 0 ? [referenceTo(name)] : [],
  )
  return values.filter((value) => !references.some((reference) => reference.test(value)))
}

/** Each word that a call may have, where a variable or a substitution stands for some of them. */
export function possibleWords(
  words: readonly string[],
  assigned: StepCalls['assigned'],
): readonly string[] {
  return words.flatMap((word) => {
    if (!/[$`]/.test(word)) return [word]
    return valuesOf(word, assigned).flatMap((value) => value.match(/[^\s$`(){}"']+/g) ?? [])
  })
}
