import type {
  BuildCacheDetails,
  BuildCacheReport,
  MountReport,
  OutsideReport,
} from '../buildkit/core/report'
import { shownId } from '../buildkit/core/records'
import { type Column, tableLines } from '../../foundation/output/table'
import { formatAge, formatBytes } from '../../foundation/output/units'

/** Maximum characters of a command or description; the JSON document has all of it. */
const WORDS = 60

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > WORDS ? `${line.slice(0, WORDS - 1)}…` : line
}

/** The command as written in a Dockerfile. */
const command = (text: string) => shorten(text.replace(/^\/bin\/sh -c /, ''))

const owners = (apps: readonly string[]) => apps.join(', ') || 'unknown'

function age(now: number, { lastUsed, inUse }: { lastUsed: string; inUse: boolean }): string {
  return inUse ? 'in use' : formatAge(now - Date.parse(lastUsed))
}

/** Docker's build cache in total and by type. */
export function buildCacheSummary(report: BuildCacheReport): readonly string[] {
  const columns: readonly Column[] = [
    { title: 'Build cache' },
    { title: 'Records', right: true },
    { title: 'Size', right: true },
    { title: 'Reclaimable', right: true },
  ]
  const row = (name: string, records: number, bytes: number, reclaimable: number) => [
    name,
    String(records),
    formatBytes(bytes),
    formatBytes(reclaimable),
  ]
  const types = report.types.map((one) => row(one.type, one.records, one.bytes, one.reclaimable))
  const total = row('total', report.records, report.bytes, report.reclaimable)
  const { shared, inUseRecords } = report
  const rest = `${formatBytes(shared)} shared with images, ${inUseRecords} records in use`
  return [...tableLines(columns, [...types, total]), rest]
}

function mountLines(mounts: readonly MountReport[], now: number): readonly string[] {
  const columns: readonly Column[] = [
    { title: 'Cache mount' },
    { title: 'Id' },
    { title: 'Size, at least', right: true },
    { title: 'Last used' },
    { title: 'Uses', right: true },
    { title: 'App' },
    { title: 'First command' },
  ]
  const rows = mounts.map((mount) => [
    mount.target,
    mount.id === null ? 'unknown' : shownId(mount.id),
    formatBytes(mount.bytes),
    age(now, mount),
    String(mount.uses),
    owners(mount.apps),
    command(mount.command),
  ])
  return tableLines(columns, rows)
}

function outsideLines(outside: readonly OutsideReport[]): readonly string[] {
  const columns = [
    { title: 'Outside BuildKit' },
    { title: 'Size', right: true },
    { title: 'App' },
    { title: 'Volume' },
  ]
  const rows = outside.map(({ builder, name, app, bytes }) => [
    builder,
    bytes === null ? 'unknown' : formatBytes(bytes),
    app ?? 'unknown',
    name,
  ])
  return tableLines(columns, rows)
}

/** Docker's build cache in full: cache mounts, the largest layers, caches of builders outside of it. */
export function buildCacheDetails(report: BuildCacheDetails, now: number): readonly string[] {
  const layers = report.layers.map((layer) => [
    formatBytes(layer.bytes),
    age(now, layer),
    layer.shared ? 'yes' : 'no',
    owners(layer.apps),
    shorten(layer.description),
  ])
  const columns = [
    { title: 'Size', right: true },
    { title: 'Last used' },
    { title: 'Shared' },
    { title: 'App' },
    { title: 'Largest layers' },
  ]
  const parts = [
    report.cacheMounts.length ? mountLines(report.cacheMounts, now) : [],
    layers.length ? tableLines(columns, layers) : [],
    report.outside.length ? outsideLines(report.outside) : [],
  ]
  return parts.filter((lines) => lines.length > 0).flatMap((lines) => ['', ...lines])
}
