/** One line of rsync for each file: eleven characters on what has changed, a space, and the name. */
export const CHANGE_FORMAT = '%i %n'
const NAME_AT = 12

/**
 * In the locale C, rsync writes all bytes but printable ASCII, and a backslash before `#` and digits, as
 * `\#` and three octal digits.
 */
function plainName(shown: string): string {
  return shown.replace(/\\#([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 8)),
  )
}

/**
 * The files that a run of rsync has changed or made, each terminated by NUL, for `--files-from`. What it
 * has deleted is left out. Bytes are characters (latin1).
 */
export function changedFiles(output: string): string {
  return output
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('*deleting'))
    .map((line) => `${plainName(line.slice(NAME_AT))}\0`)
    .join('')
}
