import type { Client } from './client'
import { LOOK_LABEL } from './container-view'

/** A Docker volume. */
export interface VolumeDetails {
  readonly name: string
  readonly driver: string
  readonly labels: Readonly<Record<string, string>>
  /** Host directory that it shows, for a volume of the driver `local` that binds one; otherwise null. */
  readonly device: string | null
  /** Whether Docker keeps its data itself: the driver `local` without options. */
  readonly isPlain: boolean
  /** Where Docker mounts it, or keeps its data. */
  readonly mountpoint: string
}

interface VolumeAnswer {
  readonly Name: string
  readonly Driver: string
  readonly Mountpoint: string
  readonly Labels: Readonly<Record<string, string>> | null
  readonly Options: Readonly<Record<string, string>> | null
}

/** A volume by name; null if it does not exist. */
export async function inspectVolume(client: Client, name: string): Promise<VolumeDetails | null> {
  const found = (await client.find(`/volumes/${encodeURIComponent(name)}`)) as VolumeAnswer | null
  if (!found) return null
  const { Name, Driver, Mountpoint, Labels, Options } = found
  const isBind = (Options?.['o'] ?? '').split(',').includes('bind')
  const device = isBind ? (Options?.['device'] ?? null) : null
  const isPlain = Driver === 'local' && Object.keys(Options ?? {}).length === 0
  const details = { device, isPlain, mountpoint: Mountpoint }
  return { name: Name, driver: Driver, labels: Labels ?? {}, ...details }
}

/**
 * Creates a volume that shows a directory of the host. Docker looks at the directory at the first mount
 * only. Docker returns an existing volume of the same name unchanged: look first.
 */
export async function createBindVolume(
  client: Client,
  name: string,
  device: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const DriverOpts = { type: 'none', o: 'bind', device }
  await client.json(
    'POST',
    '/volumes/create',
    {},
    { Name: name, Driver: 'local', DriverOpts, Labels: labels },
  )
}

/** Removes a volume. One that shows a directory leaves it alone. */
export async function removeVolume(client: Client, name: string): Promise<void> {
  await client.json('DELETE', `/volumes/${encodeURIComponent(name)}`)
}

/**
 * Copies what an image has at a path into an empty volume, with owners, modes, times, links and extended
 * attributes. Docker does it when it creates a container with the volume; the container never starts.
 */
export async function fillVolume(
  client: Client,
  image: string,
  volume: string,
  path: string,
): Promise<void> {
  const made = (await client.json(
    'POST',
    '/containers/create',
    {},
    {
      Image: image,
      // The Engine rejects images without a command. This one never runs.
      Cmd: ['-'],
      Labels: { [LOOK_LABEL]: 'true' },
      NetworkDisabled: true,
      HostConfig: {
        NetworkMode: 'none',
        Mounts: [{ Type: 'volume', Source: volume, Target: path }],
      },
    },
  )) as { readonly Id: string }
  const answer = await client.raw('DELETE', `/containers/${made.Id}`, { force: '1', v: '1' })
  answer.resume()
}
