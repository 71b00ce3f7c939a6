/** A file of a wheel as its RECORD has it. */
export interface RecordLine {
  readonly path: string
  /** Such as `sha256`; '' for a file that RECORD says nothing of, as of itself. */
  readonly algorithm: string
  /** base64url without padding. */
  readonly digest: string
  /** null where it is not given. */
  readonly size: number | null
}

/** The fields of a line of CSV. */
function fields(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}

/**
 * Reads a wheel's RECORD: a line a file, of path, hash and size
 * (https://packaging.python.org/specifications/recording-installed-packages/).
 */
export function readRecord(text: string): RecordLine[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => {
      const [path = '', hash = '', size = ''] = fields(line)
      const [algorithm = '', digest = ''] = hash.split('=')
      return {
        path,
        algorithm: digest === '' ? '' : algorithm,
        digest,
        size: /^\d+$/.test(size) ? Number(size) : null,
      }
    })
}
