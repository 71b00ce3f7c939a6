import type { BuildCacheDetails } from '../../buildkit/core/report'
import type { GlobalReport } from '../core/global-report'
import { formatBytes, formatSince } from '../../../foundation/output/units'
import { type Markup, NOTHING, markup } from '../../../foundation/output/html/markup'
import { shownId } from '../../buildkit/core/records'
import { colorOf } from './parts'

/** Maximum rows of a table; the JSON document has all. */
const ROWS = 12

const COMMAND = 110

function age(report: GlobalReport, time: string | null): string {
  return formatSince(Date.parse(report.generatedAt), time)
}

function shorten(text: string): string {
  const line = text.replace(/^\/bin\/sh -c /, '').replace(/\s+/g, ' ')
  return line.length > COMMAND ? `${line.slice(0, COMMAND)}…` : line
}

/** Maximum number of named apps; the JSON document names all. */
const APPS = 4

function ownersText(apps: readonly string[]): string {
  if (apps.length === 0) return 'unknown'
  const more = apps.length - APPS
  return apps.slice(0, APPS).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** One row for each cache. */
export function cacheSection(report: GlobalReport): Markup {
  const rows = report.caches.map(
    (cache) =>
      markup`<tr><td class="t"><i class="dot" style="--dot:var(${colorOf(report, cache.name)});display:inline-block;margin-right:9px"></i>${cache.name}</td><td class="n">${cache.complete ? '' : 'at least '}${formatBytes(cache.bytes)}</td><td class="n">${cache.files.toLocaleString('en')}</td><td class="n">${cache.apps}</td><td class="t">${age(report, cache.newestUse)}</td></tr>`,
  )
  return markup`<section><h2>Shared caches</h2><div class="scroll"><table>
<thead><tr><th>Cache</th><th class="n">Size</th><th class="n">Files</th><th class="n">Apps</th><th>Newest use</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`
}

/** Docker's build cache by app, as far as known. */
export function appSection({ owners }: BuildCacheDetails): Markup {
  if (owners.length === 0) return NOTHING
  const most = Math.max(1, ...owners.map(({ bytes }) => bytes))
  const rows = owners.slice(0, ROWS).map(({ apps, bytes, records }) => {
    const width = Math.max(0.5, (bytes / most) * 100).toFixed(1)
    const kind = apps.length === 0 ? 'meter unknown' : 'meter'
    return markup`<tr><td class="who">${apps.length > 1 ? `${ownersText(apps)} together` : ownersText(apps)}</td><td class="wide"><span class="${kind}" style="width:${width}%"></span></td><td class="n">${formatBytes(bytes)}</td><td class="n">${records}</td></tr>`
  })
  return markup`<section><h2>Docker’s build cache by app</h2><p class="note">Layers that are also in images are included; pruning does not free those.</p><div class="scroll"><table>
<thead><tr><th>App</th><th></th><th class="n">Size</th><th class="n">Records</th></tr></thead>
<tbody>${rows}</tbody></table></div>${owners.length > ROWS ? markup`<p class="note">and ${owners.length - ROWS} more; see --format json</p>` : NOTHING}</section>`
}

/** The cache mounts in Docker's build cache; their sizes are lower bounds. */
export function mountSection(report: GlobalReport, { cacheMounts }: BuildCacheDetails): Markup {
  if (cacheMounts.length === 0) return NOTHING
  const rows = cacheMounts
    .slice(0, ROWS)
    .map(
      ({ id, target, bytes, inUse, lastUsed, apps, command }) =>
        markup`<tr><td class="id"><code>${id === null ? target : shownId(id)}</code></td><td class="n">${formatBytes(bytes)}</td><td class="t">${inUse ? 'in use' : age(report, lastUsed)}</td><td class="who">${ownersText(apps)}</td><td class="command"><code>${shorten(command)}</code></td></tr>`,
    )
  return markup`<section><h2>Cache mounts in Docker’s build cache</h2><div class="scroll"><table>
<thead><tr><th>Id</th><th class="n">Size, at least</th><th>Last use</th><th>App</th><th>First command</th></tr></thead>
<tbody>${rows}</tbody></table></div>${cacheMounts.length > ROWS ? markup`<p class="note">and ${cacheMounts.length - ROWS} more; see --format json</p>` : NOTHING}</section>`
}

/** The largest layers. */
export function layerSection(report: GlobalReport, { layers }: BuildCacheDetails): Markup {
  if (layers.length === 0) return NOTHING
  const rows = layers.map(
    ({ bytes, shared, inUse, lastUsed, apps, description }) =>
      markup`<tr><td class="n">${formatBytes(bytes)}</td><td class="t">${inUse ? 'in use' : age(report, lastUsed)}</td><td class="t">${shared ? 'also in an image' : ''}</td><td class="who">${ownersText(apps)}</td><td class="command"><code>${shorten(description)}</code></td></tr>`,
  )
  return markup`<section><h2>Largest layers in Docker’s build cache</h2><div class="scroll"><table>
<thead><tr><th class="n">Size</th><th>Last use</th><th></th><th>App</th><th>Layer</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`
}
