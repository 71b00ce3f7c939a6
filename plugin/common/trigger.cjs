// Runs what Dokku fired. Words that every Node can read: one that is too old for the program is told
// so by the exit code, and no other is asked for its version by a process of its own.
'use strict'
var version = process.versions.node.split('.')
var TOO_OLD = 64

function failed(error) {
  var said = String((error && error.message) || error).split('\n')[0]
  process.stderr.write(' !     shared-cache failed, and is left out: ' + said + '\n')
  process.exit(0)
}

if (version[0] < 18 || (version[0] === '18' && version[1] < 19)) {
  process.exitCode = TOO_OLD
} else {
  process.on('uncaughtException', failed)
  // pre-build has a program of its own where it is large.
  require(process.argv[2] === 'pre-build' ? './pre-build.cjs' : './triggers.cjs')
}
