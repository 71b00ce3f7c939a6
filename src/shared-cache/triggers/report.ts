import { report } from '../report/command'
import type { Context } from '../../foundation/cli/command'

/** The part of `dokku report APP`: properties alone. */
export async function reportTrigger(context: Context, app: string): Promise<void> {
  await report(context, { format: 'stdout' }, [app])
}
