import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, get, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startCounter } from '../../scripts/demo/counter.mjs'

describe('npm start without a network', () => {
  it('prints one line about it, sets up, reports, and leaves nothing behind', () => {
    const folder = mkdtempSync(join(tmpdir(), 'demo-test-'))
    // Nothing listens on port 9, so npm fails at once.
    const nowhere = 'http://127.0.0.1:9'
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']
    const proxies = Object.fromEntries(names.map((name) => [name, nowhere]))
    const docker = { DOCKER_HOST: 'unix:///nonexistent' }
    const none = { NO_PROXY: '', no_proxy: '' }
    const env = { ...process.env, ...proxies, ...none, ...docker, TMPDIR: folder }
    const done = spawnSync(process.execPath, ['scripts/demo.mjs'], { env, encoding: 'utf8' })
    const lines = done.stdout.split('\n')
    expect([done.status, done.stderr.trim().split('\n')]).toEqual([
      0,
      [expect.stringMatching(/^!.*unix:\/\/\/nonexistent: the report leaves out its build cache$/)],
    ])
    expect(lines.filter((line) => line.includes('Offline'))).toHaveLength(1)
    expect(done.stdout).toMatch(/export NPM_CONFIG_CACHE='.*\/caches\/npm\//)
    expect(done.stdout).toMatch(/Shared caches in .*\/caches\n/)
    expect(readdirSync(folder)).toEqual([])
    rmSync(folder, { recursive: true })
  })
})

describe('the counter of downloads', () => {
  const body = 'x'.repeat(10_000)
  let server: Server
  let port: number

  beforeEach(async () => {
    server = createServer((_, response) => response.end(body))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    port = (server.address() as AddressInfo).port
  })
  afterEach(() => server.close())

  /** The response to a program that uses the proxy from its environment. */
  const fetchPlainly = (proxy: URL) =>
    new Promise<string>((done, failed) => {
      const path = `http://127.0.0.1:${port}/`
      get({ host: proxy.hostname, port: proxy.port, path }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => done(text))
      }).on('error', failed)
    })
  const fetchThroughTunnel = (proxy: URL) =>
    new Promise<string>((done, failed) => {
      const path = `127.0.0.1:${port}`
      const connect = request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path })
      connect.on('error', failed)
      connect.on('connect', (_, socket) => {
        let text = ''
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
        socket.on('end', () => done(text.split('\r\n\r\n')[1] ?? ''))
        socket.write('GET / HTTP/1.0\r\n\r\n')
      })
      connect.end()
    })

  it.each([
    ['plainly', fetchPlainly],
    ['through a tunnel, as for TLS', fetchThroughTunnel],
  ])('counts downloads %s, including headers', async (_, fetch) => {
    const counter = await startCounter({})
    expect(await fetch(counter.url)).toBe(body)
    expect(counter.bytes()).toBeGreaterThan(body.length)
    expect(counter.bytes()).toBeLessThan(body.length + 500)
    counter.stop()
  })

  it('relays to the proxy of the machine, with its name and password', async () => {
    const outer = await startCounter({})
    const inner = await startCounter({ HTTPS_PROXY: `http://me:secret@${outer.url.host}` })
    expect([inner.url.username, inner.url.password]).toEqual(['me', 'secret'])
    expect(await fetchThroughTunnel(inner.url)).toBe(body)
    expect(inner.bytes()).toBeGreaterThan(body.length)
    inner.stop()
    outer.stop()
  })
})
