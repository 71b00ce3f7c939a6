import { version } from '../../package.json'
import { type HelperVerb, runHelper, say } from '../foundation/helper/serve'
import { ADOPT_VERBS } from './adopt/host/helper'
import { CLEAN_VERBS } from './clean/host/helper'
import { VOLUME_VERBS } from './volumes/host/helper'
import { IMAGE_UPDATE_VERBS } from './image-updates/host/helper'

/** The root helper of persist. */
const VERBS: Readonly<Record<string, HelperVerb>> = {
  version({ root }) {
    say({ version, root })
    return Promise.resolve(0)
  },
  ...VOLUME_VERBS,
  ...ADOPT_VERBS,
  ...CLEAN_VERBS,
  ...IMAGE_UPDATE_VERBS,
}

runHelper(__dirname, VERBS)
