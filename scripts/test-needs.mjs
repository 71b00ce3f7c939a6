/**
 * What some tests need beyond Node, npm and git. A test that needs one of these, or the group around
 * it, says so in its name as `(needs …)`, and is skipped where that is missing; every other test runs
 * everywhere. `.ci/run` provides those that are `true`: skipping one of them there is a failure.
 * @type {Readonly<Record<string, boolean>>}
 */
export const NEEDS = {
  // SHARED_CACHE_TEST_QUICK is not set.
  time: true,
  root: true,
  acl: true,
  apt: true,
  Chromium: true,
  Docker: true,
  'Node 18.19': true,
  openssl: true,
  rsync: true,
  'systemd-analyze': true,
  // Not in every container.
  'strace and chattr': false,
  // Needs a kernel with btrfs and loop devices.
  btrfs: false,
  'a user other than root': false,
  'Engine 28.2': false,
  Dokku: false,
}

/**
 * What a test needs, by its full name with those of its groups; [] for a test that runs everywhere.
 * @param {string} fullName
 */
export function needsOf(fullName) {
  return Object.keys(NEEDS).filter((need) => fullName.includes(`(needs ${need})`))
}
