import { describe, expect, it, test } from 'vitest'
import { globalReport } from '../../../../src/persist/report/core/document'
import { htmlPage } from '../../../../src/persist/report/html/page'
import { readPage } from '../../../support/html'
import { sampleVolumeReport } from '../../../support/volumes'

const empty = () => globalReport(sampleVolumeReport(), [])

describe('the page of a report', () => {
  test.each([
    ['a host with some history', sampleVolumeReport()],
    ['a host without volumes', empty()],
  ])('is correct HTML for %s, and loads nothing', (_, report) => {
    const elements = readPage(htmlPage(report))
    expect(elements.map(({ tag }) => tag)).not.toContain('script')
    for (const { attributes } of elements) {
      expect([...attributes.keys()]).not.toContain('src')
      expect([...attributes.keys()]).not.toContain('href')
    }
  })

  it('has every volume, with its name escaped', () => {
    const page = htmlPage(sampleVolumeReport())
    expect(page).toContain('shop uploads')
    expect(page).toContain('api data&lt;b&gt;')
    expect(page).toContain('data (was old)')
    expect(page).toContain('at least 9 GB')
    expect(page).toContain('1 GB (120 %)')
    expect(page).toContain('never')
  })

  it('shows a chart for each volume with a history', () => {
    const page = htmlPage(sampleVolumeReport())
    expect(page.match(/ over time"/g)).toHaveLength(3)
    expect(htmlPage(empty())).toContain('No history yet')
  })
})
