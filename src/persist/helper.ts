import { version } from '../../package.json'
import { type HelperVerb, runHelper, say } from '../foundation/helper/serve'

/** The root helper of persist. It only prints its version. */
const VERBS: Readonly<Record<string, HelperVerb>> = {
  version({ root }) {
    say({ version, root })
    return Promise.resolve(0)
  },
}

runHelper(__dirname, VERBS)
