import { readdirSync, statSync } from 'node:fs'
import { Failure, paths } from './dokku'
import { properties } from './properties'

export const UNNAMED = 'Please specify an app to run the command on'
const BAD_NAME =
  'App name must begin with lowercase alphanumeric character, and may only contain lowercase alphanumerics, dots, and hyphens'

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Throws if the name is invalid for a new app. */
export function validateApp(app: string): void {
  if (app === '') throw new Failure(UNNAMED)
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(app)) throw new Failure(BAD_NAME)
}

/** Throws like Dokku if there is no app with this name. */
export function verifyApp(app: string): void {
  if (app === '') throw new Failure(UNNAMED)
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(app)) throw new Failure(BAD_NAME)
  if (!isDirectory(paths.app(app))) throw new Failure(`App ${app} does not exist`, 20)
}

/** Names of all apps: directories of DOKKU_ROOT that do not begin with a dot or a capital. */
export function allApps(): string[] {
  return readdirSync(paths.root())
    .filter((name) => !/^[.A-Z]/.test(name) && isDirectory(paths.app(name)))
    .sort()
}

/** Whether an app has been deployed. */
export function isDeployed(app: string): boolean {
  return properties.get('common', app, 'deployed') === 'true'
}
