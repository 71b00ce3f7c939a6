import { report } from '../commands/report'
import type { World } from '../commands/world'

/** The part of `dokku report APP`: properties alone. */
export async function reportTrigger(world: World, app: string): Promise<void> {
  await report(world, { format: 'stdout' }, [app])
}
