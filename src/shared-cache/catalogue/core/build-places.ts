/** Where a step sees the caches: open to every user, and out of reach of the usual cleaning. */
export const BUILD_HOME = '/run/shared-cache'

/** Homes of cargo that images have: both get the mounts, so that no variable has to be set. */
export const CARGO_HOMES: readonly string[] = ['/root/.cargo', '/usr/local/cargo']

/** The kind of the plugin's devices: a constant, because a wrong kind can stop dockerd. */
export const DEVICE_KIND = 'dokku.com/shared-cache'
