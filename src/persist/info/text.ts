import { reportLines } from '../../foundation/output/report-text'
import { formatBytes, formatShare } from '../../foundation/output/units'
import { daysText, growthOf, measuredText, sizeText } from '../usage/text'
import { ownerText } from '../volumes/text'
import type { VolumeInfo, VolumeMount } from './core/info'

const yesNo = (value: boolean) => (value ? 'yes' : 'no')

function mountText({ containerPath, readonly, process }: VolumeMount): string {
  const who = process === null ? 'all processes' : `process ${process}`
  return `${containerPath} (${readonly ? 'read-only, ' : ''}${who})`
}

function sizeRows({ size }: VolumeInfo, now: number): Readonly<Record<string, string>> {
  const { limitBytes, limitEnforced, limitShare, share } = size
  const used = limitShare === null ? '' : `, ${formatShare(limitShare)} used`
  const how = limitEnforced ? ', enforced' : ', watched'
  return {
    size: sizeText(size),
    files: size.files === null ? '-' : String(size.files),
    measured: measuredText(size, now),
    'share-of-disk': share === null ? '-' : formatShare(share),
    'growth-per-day': growthOf(size),
    limit: limitBytes === null ? 'none' : formatBytes(limitBytes) + used + how,
    'limit-reached-in': daysText(size.daysUntilLimit),
    'disk-full-in': daysText(size.daysUntilDiskFull),
  }
}

/** What is known of a volume, in the form of Dokku's reports. `now` in milliseconds. */
export function infoLines(info: VolumeInfo, now: number): readonly string[] {
  const { directory, mounts, settings } = info
  const { owner, mode } = directory
  return reportLines('Volume', {
    path: info.path,
    kind: info.kind,
    description: settings.description || '-',
    mounts: mounts.length > 0 ? mounts.map(mountText) : '-',
    'host-path': directory.path,
    owner: owner
      ? `${owner.uid}:${owner.gid} (${ownerText(settings.owner)})`
      : 'the directory is missing',
    mode: mode ?? '-',
    ...sizeRows(info, now),
    variable: settings.variable ?? '-',
    critical: yesNo(settings.critical),
    sensitive: yesNo(settings.sensitive),
    'follow-image': yesNo(settings.followImage),
    'storage-entry': info.entry,
    created: settings.created,
    'last-backup': info.lastBackup ?? '-',
  })
}
