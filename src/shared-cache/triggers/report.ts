import { openServer } from '../apps/host/server'
import { showApp } from '../report/app'
import type { Context } from '../../foundation/cli/command'

/** The part of `dokku report APP`. */
export function reportTrigger(context: Context, app: string): Promise<void> {
  return showApp(context, openServer(context), app)
}
