/** One line of `rsync --itemize-changes`, with a marker before the name. */
export const CHANGE_FORMAT = '%i %n'

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
    .map((line) => `${plainName(line.slice(line.indexOf(' ') + 1))}\0`)
    .join('')
}
