import { makeWorld } from '../foundation/cli/context'
import { trigger } from './triggers/index'

/**
 * The entry for what Dokku fires: `NAME ARGS…`. A program of its own, because every deploy pays for
 * what is loaded here, and the command line is not needed.
 */
const [name = '', ...args] = process.argv.slice(2)
void trigger(makeWorld([], process.env), name, args)
