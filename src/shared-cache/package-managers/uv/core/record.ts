/** A file of a wheel, from its RECORD. */
export interface RecordLine {
  readonly path: string
  /** Such as `sha256`; '' if RECORD has no hash of the file, as for RECORD itself. */
  readonly algorithm: string
  /** base64url without padding. */
  readonly digest: string
  /** null if missing. */
  readonly size: number | null
}

/** The fields of a CSV line. */
function fields(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}

/**
 * Parses a wheel's RECORD: per line a path, hash and size
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
