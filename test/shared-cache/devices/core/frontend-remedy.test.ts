import { expect, test } from 'vitest'
import {
  missingFrontend,
  unsuitableFrontend,
} from '../../../../src/shared-cache/devices/core/frontend-remedy'

test.each([
  [
    missingFrontend('docker/dockerfile:1-labs'),
    'Dockerfile builds will not use the shared caches until the image docker/dockerfile:1-labs is available',
    'docker pull docker/dockerfile:1-labs && dokku shared-cache:setup',
  ],
  [
    unsuitableFrontend('own/frontend:1'),
    'Dockerfile builds cannot use the shared caches: the frontend own/frontend:1 does not support RUN --device',
    'dokku shared-cache:set --global frontend && dokku shared-cache:setup',
  ],
])('%o', (remedy, problem, command) => expect(remedy).toEqual({ problem, command }))
