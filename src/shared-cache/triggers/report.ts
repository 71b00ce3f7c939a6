import { openServer } from '../apps/host/server'
import { showApp } from '../report/app'
import type { Context } from '../../foundation/cli/command'

/** The part of `dokku report APP`, from properties alone. */
export function reportTrigger(context: Context, app: string): void {
  showApp(context, openServer(context), app)
}
