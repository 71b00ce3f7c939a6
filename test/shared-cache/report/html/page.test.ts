import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import type { GlobalReport } from '../../../../src/shared-cache/report/core/global-report'
import { htmlPage } from '../../../../src/shared-cache/report/html/page'
import { readPage } from '../../../support/html'
import { sampleReport } from '../../../support/report'

const bare = (): GlobalReport => {
  const report = sampleReport()
  const trend = { caches: [], disk: { ...report.trend.disk, points: [] }, diskFullOn: null }
  return { ...report, caches: [], buildCache: null, trend }
}

describe('the page of a report', () => {
  test.each<[string, GlobalReport]>([
    ['a host with some history', sampleReport()],
    ['a host without anything', bare()],
    ['a build cache without details', { ...sampleReport(), buildCache: null }],
  ])('is complete: %s', (_, report) => {
    const tags = readPage(htmlPage(report)).map(({ tag }) => tag)
    for (const tag of ['html', 'head', 'body', 'main', 'h1']) {
      expect(tags.filter((one) => one === tag)).toHaveLength(1)
    }
    expect(tags).toContain('svg')
  })

  it('loads nothing, and runs nothing', () => {
    const page = htmlPage(sampleReport())
    const elements = readPage(page)
    const names = elements.flatMap(({ attributes }) => [...attributes.keys()])
    expect(names.filter((name) => /^(src|href|srcset|action|on.*|xlink:.*)$/.test(name))).toEqual(
      [],
    )
    const tags = elements.map(({ tag }) => tag)
    expect(
      tags.filter((tag) => ['script', 'link', 'img', 'iframe', 'object'].includes(tag)),
    ).toEqual([])
    expect(page).not.toMatch(/url\(|@import|https?:|\/\/[a-z]+\./)
    expect(page).toContain('default-src &#39;none&#39;')
  })

  it('shows what fills the disk, in proportion', () => {
    const elements = readPage(htmlPage(sampleReport()))
    const widths = elements
      .filter(({ tag }) => tag === 'rect')
      .map(({ attributes }) => Number(attributes.get('width')))
    // Five caches, Docker's, everything else, and the free space.
    expect(widths).toHaveLength(8)
    // 79 GB of 320 GB are free; a gap of two in a thousand separates the parts.
    expect(widths.at(-1)).toBeCloseTo((79 / 320) * 1000 - 2, 0)
  })

  it('has the values of the report', () => {
    const page = htmlPage(sampleReport())
    for (const text of [
      '35.2 GB',
      '79 GB',
      '2027-01-02',
      'at least 9.1 GB',
      'api, worker together',
    ]) {
      expect(page).toContain(text)
    }
  })

  it('names a few apps of a cache mount, and counts the others', () => {
    const report = sampleReport()
    const details = report.buildCache?.details
    const mount = details?.cacheMounts[0]
    if (!report.buildCache || !details || !mount) throw new Error('a cache mount')
    const apps = Array.from({ length: 20 }, (_, at) => `app-${at}`)
    const cacheMounts = [{ ...mount, apps }]
    const buildCache = { ...report.buildCache, details: { ...details, cacheMounts } }
    expect(htmlPage({ ...report, buildCache })).toContain(
      '>app-0, app-1, app-2, app-3 and 16 more<',
    )
  })

  it('shows ids of cache mounts as people write them', () => {
    const page = htmlPage(sampleReport())
    expect(page).toContain('<code>/root/.npm</code>')
    expect(page).toContain('<code>pip-wheels</code>')
    expect(page).not.toContain('//root')
  })

  it('says that there is no history yet, and leaves out Docker if it is missing', () => {
    const page = htmlPage(bare())
    expect(page).toContain('No history yet')
    expect(page).not.toContain('build cache')
  })

  it('escapes a command of a Dockerfile', () => {
    const report = sampleReport()
    const details = report.buildCache?.details
    const mount = details?.cacheMounts[0]
    if (!report.buildCache || !details || !mount) throw new Error('a cache mount')
    const command = `/bin/sh -c echo "<script>alert('x')</script>" && true`
    const cacheMounts = [{ ...mount, command, id: '"><b>' }]
    const page = htmlPage({
      ...report,
      buildCache: { ...report.buildCache, details: { ...details, cacheMounts } },
    })
    expect(readPage(page).map(({ tag }) => tag)).not.toContain('script')
    expect(page).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;')
  })
})

describe('the strict reader of this test', () => {
  test.each([
    '<!doctype html>\n<p>a',
    '<!doctype html>\n<p><b>a</p></b>',
    '<!doctype html>\n<p class=a>a</p>',
    '<!doctype html>\n<p>a & b</p>',
    '<!doctype html>\n<p>a > b</p>',
    '<p>a</p>',
  ])('rejects %j', (page) => {
    expect(() => readPage(page)).toThrow()
  })
})

const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
)

describe.skipIf(!chromium)('the page in Chromium (needs Chromium)', () => {
  let base: string
  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'page-'))
    writeFileSync(join(base, 'page.html'), htmlPage(sampleReport()))
  })
  afterAll(() => rmSync(base, { recursive: true }))

  function browse(...options: string[]) {
    const common = ['--headless', '--no-sandbox', '--disable-gpu', '--enable-logging=stderr']
    const own = [`--user-data-dir=${join(base, 'profile')}`, '--window-size=1200,2200']
    const args = [...common, ...own, ...options, `file://${join(base, 'page.html')}`]
    const { stdout, stderr } = spawnSync(chromium ?? '', args, { encoding: 'utf8' })
    // Errors about the page, such as something that its policy blocks.
    return { stdout, complaints: stderr.split('\n').filter((line) => line.includes('CONSOLE')) }
  }

  /** Red, green and blue of the first pixel, which PNG filters do not change. */
  function background(scheme: number): readonly number[] {
    const file = join(base, `${scheme}.png`)
    browse(`--screenshot=${file}`, `--blink-settings=preferredColorScheme=${scheme}`)
    const png = readFileSync(file)
    const data: Buffer[] = []
    for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
      const length = png.readUInt32BE(at)
      if (png.toString('latin1', at + 4, at + 8) === 'IDAT') {
        data.push(png.subarray(at + 8, at + 8 + length))
      }
    }
    return [...inflateSync(Buffer.concat(data)).subarray(1, 4)]
  }

  it('is rendered as it was written, without errors', () => {
    const { stdout, complaints } = browse('--dump-dom')
    expect(complaints).toEqual([])
    const written = readPage(htmlPage(sampleReport())).map(({ tag }) => tag)
    const count = (tag: string) => stdout.split(new RegExp(`<${tag}[ >]`)).length - 1
    for (const tag of new Set(written)) {
      expect([tag, count(tag)]).toEqual([tag, written.filter((one) => one === tag).length])
    }
  })

  test.each([
    ['light', 1, [0xf6, 0xf6, 0xf3]],
    ['dark', 0, [0x12, 0x14, 0x17]],
  ])("is %s like the reader's browser", (_, scheme, color) => {
    expect(background(scheme)).toEqual(color)
  })
})
