import { type HelperVerb, say } from '../../../foundation/helper/serve'
import { parseEntry } from '../../volumes/host/helper'
import { copyAndVerify, copyInUse, reopenCopy } from './copy'
import { lookAt, parseSource } from './source'

/** The Engine of this host: the helper has no environment. */
async function localEngine() {
  return (await import('../../../foundation/docker/engine')).connectEngine({})
}

/** The verbs of the root helper for adoptions. */
export const ADOPT_VERBS: Readonly<Record<string, HelperVerb>> = {
  /** `KIND NAME`, any number of times. */
  async 'look-at'({ root }, words) {
    const engine = await localEngine()
    for (let index = 0; index < words.length; index += 2) {
      const source = parseSource(words[index], words[index + 1])
      say({ source, found: await lookAt(root, engine, source) })
    }
    return 0
  },
  async 'copy-in-use'({ root }, [kind, name, entry]) {
    await copyInUse(root, await localEngine(), parseSource(kind, name), parseEntry(entry))
    say({ copied: true })
    return 0
  },
  async 'copy-and-verify'({ root }, [kind, name, entry]) {
    const source = parseSource(kind, name)
    say({ changed: await copyAndVerify(root, await localEngine(), source, parseEntry(entry)) })
    return 0
  },
  async 'reopen-copy'({ root }, [entry]) {
    say({ reopened: await reopenCopy(root, parseEntry(entry)) })
    return 0
  },
}
