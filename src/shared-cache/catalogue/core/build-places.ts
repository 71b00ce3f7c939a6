/** Path of the caches in build steps: open to every user, and not deleted by usual clean-up commands. */
export const BUILD_HOME = '/run/shared-cache'

/** cargo's directories in images: both get the mounts, so that no variable is needed. */
export const CARGO_HOMES: readonly string[] = ['/root/.cargo', '/usr/local/cargo']

/** The kind of the plugin's devices. A constant, because a wrong kind can stop dockerd. */
export const DEVICE_KIND = 'dokku.com/shared-cache'
