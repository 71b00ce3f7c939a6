import { report } from '../report/command'
import type { World } from '../../foundation/cli/command'

/** The part of `dokku report APP`: properties alone. */
export async function reportTrigger(world: World, app: string): Promise<void> {
  await report(world, { format: 'stdout' }, [app])
}
