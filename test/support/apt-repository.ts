import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

/** Archives with one file each, made by dpkg-deb: their text is the content of the file. */
function archives(base: string, texts: Readonly<Record<string, string>>) {
  return Object.entries(texts).map(([name, text]) => {
    const tree = join(base, 'trees', name)
    mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
    writeFileSync(join(tree, 'content'), text)
    const control = [
      `Package: ${name}`,
      'Version: 1.0+x1',
      'Architecture: all',
      'Maintainer: A Person <person@example.com>',
      'Description: a package for a test',
    ].join('\n')
    writeFileSync(join(tree, 'DEBIAN/control'), `${control}\n`)
    const deb = join(base, `${name}.deb`)
    execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, deb], { stdio: 'ignore' })
    return { name, control, bytes: readFileSync(deb) }
  })
}

/**
 * A repository of apt on this machine, with packages that contain one file each. `paths` are the paths
 * of all requests so far. `digests` are the SHA-256 of what an index names, by path.
 */
export async function startRepository(base: string, texts: Readonly<Record<string, string>>) {
  const files = new Map<string, Buffer>()
  const stanzas = archives(base, texts).map(({ name, control, bytes }) => {
    const path = `pool/${name}_1.0+x1_all.deb`
    files.set(path, bytes)
    return `${control}\nFilename: ${path}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\n`
  })
  const index = Buffer.from(stanzas.join('\n'))
  const packed = gzipSync(index)
  files.set('Packages', index)
  files.set('Packages.gz', packed)
  const lines = [['Packages', index] as const, ['Packages.gz', packed] as const].map(
    ([name, bytes]) => ` ${sha256(bytes)} ${bytes.length} ${name}`,
  )
  const head = ['Origin: test', 'Date: Thu, 01 Jan 2026 00:00:00 UTC', 'SHA256:']
  files.set('Release', Buffer.from(`${[...head, ...lines].join('\n')}\n`))

  const paths: string[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').replace(/^\/+(?:\.\/)?/, '')
    paths.push(path)
    const bytes = files.get(path)
    response.writeHead(bytes ? 200 : 404, { 'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT' })
    response.end(bytes)
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)))
  const { port } = server.address() as AddressInfo
  return {
    source: `deb [trusted=yes] http://127.0.0.1:${port} ./\n`,
    paths,
    digests: new Map([...files].map(([path, bytes]) => [path, sha256(bytes)])),
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
