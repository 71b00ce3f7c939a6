import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type NameEncoding, readTar } from '../../../src/foundation/docker/engine/tar'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tar-'))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** The entries of an archive that GNU tar makes of a directory, in chunks of so many bytes. */
async function entriesOf(options: readonly string[], names: NameEncoding = 'utf8', chunk = 700) {
  const whole = execFileSync('tar', [...options, '--sort=name', '-C', base, '-cf', '-', 'd'])
  const chunks = Array.from({ length: Math.ceil(whole.length / chunk) }, (_, index) =>
    whole.subarray(index * chunk, (index + 1) * chunk),
  )
  const found = []
  for await (const entry of readTar(Readable.from(chunks), names)) {
    const { name, kind, uid, gid, mtime, target } = entry
    found.push({
      name,
      kind,
      uid,
      gid,
      mtime,
      target,
      content: (await entry.content(9)).toString(),
    })
  }
  return found
}

describe.each(['gnu', 'pax'])('owner and time in the format %s', (format) => {
  test.each([
    [0, 0, 1_700_000_000],
    [1234, 5678, 1],
    [2_097_151, 2_097_152, 8_589_934_592],
    [3_000_000, 4_294_967_294, 1_700_000_000],
  ])('%d:%d %d', async (uid, gid, mtime) => {
    mkdirSync(join(base, 'd'))
    writeFileSync(join(base, 'd/f'), 'content')
    const owner = [`--owner=:${uid}`, `--group=:${gid}`, `--mtime=@${mtime}`]
    const [, file] = await entriesOf([`--format=${format}`, '--numeric-owner', ...owner])
    expect(file).toMatchObject({ name: 'd/f', uid, gid, mtime, content: 'content' })
  })

  test('names of any bytes, short and long', async () => {
    mkdirSync(join(base, 'd'))
    const bytes = Buffer.from([0xff, 0xc3, 0xa4])
    const long = Buffer.alloc(200, 0xfe)
    for (const name of [bytes, long]) {
      writeFileSync(Buffer.concat([Buffer.from(`${base}/d/`), name]), 'x')
    }
    const names = (await entriesOf([`--format=${format}`], 'latin1')).map(({ name }) => name)
    expect(names.sort()).toEqual(['d/', `d/${'\xfe'.repeat(200)}`, 'd/\xff\xc3\xa4'].sort())
  })
})
