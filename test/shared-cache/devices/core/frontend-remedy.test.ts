import { expect, test } from 'vitest'
import {
  missingCdi,
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
  ...['27.5.1', '28.1.9'].map((version) => [
    missingCdi(version),
    `Dockerfile builds cannot use the shared caches: Docker ${version} has no CDI devices`,
    'upgrade Docker to 28.2 or later, then run dokku shared-cache:setup',
  ]),
  ...['28.2.0', '28.5.2+dfsg4', '29.0.1'].map((version) => [
    missingCdi(version),
    `Dockerfile builds cannot use the shared caches: Docker ${version} has CDI switched off`,
    'remove "cdi": false from "features" in /etc/docker/daemon.json, restart Docker, then run dokku shared-cache:setup',
  ]),
])('%o', (remedy, problem, command) => expect(remedy).toEqual({ problem, command }))
