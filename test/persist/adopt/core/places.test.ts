import { describe, expect, test } from 'vitest'
import { overlap, refusal } from '../../../../src/persist/adopt/core/places'

const PLACES = { lib: '/var/lib/dokku', dokku: '/home/dokku', docker: '/var/lib/docker' }

describe('a directory of the host that is taken over', () => {
  test.each([
    '/srv/shop/uploads',
    '/opt/data',
    '/home/anna/data',
    '/root/data',
    '/mnt/disk',
    '/var/lib/postgres',
    '/var/lib/dokku/data/storage/shop',
    '/var/lib/dokku/data/storage/shop/uploads',
    '/var/libx',
  ])('can be %s', (path) => expect(refusal(path, PLACES)).toBeNull())

  test.each([
    ['/', 'it is not a plain path'],
    ['relative', 'it is not a plain path'],
    ['/srv/', 'it is not a plain path'],
    ['/srv/../etc', 'it is not a plain path'],
    ['/srv/.', 'it is not a plain path'],
    ['/srv//x', 'it is not a plain path'],
    ['', 'it is not a plain path'],
    ['/etc', '/etc belongs to the system'],
    ['/etc/localtime', '/etc belongs to the system'],
    ['/proc/1', '/proc belongs to the system'],
    ['/usr/share/zoneinfo', '/usr belongs to the system'],
    ['/var/run/docker.sock', '/var/run belongs to the system'],
    ['/var', '/var/run belongs to the system'],
    ['/var/lib', '/var/lib/dpkg belongs to the system'],
    ['/home', '/home/dokku belongs to Dokku'],
    ['/home/dokku/shop', '/home/dokku belongs to Dokku'],
    ['/var/lib/dokku', '/var/lib/dokku belongs to Dokku'],
    ['/var/lib/dokku/data', '/var/lib/dokku belongs to Dokku'],
    ['/var/lib/dokku/data/storage', '/var/lib/dokku belongs to Dokku'],
    ['/var/lib/dokku/services/postgres/db/data', '/var/lib/dokku belongs to Dokku'],
    ['/var/lib/dokku/data/shared/pip', 'it is a cache that apps share'],
    ['/var/lib/docker', '/var/lib/docker belongs to Docker'],
    ['/var/lib/docker/volumes/x/_data', '/var/lib/docker belongs to Docker'],
  ])('cannot be %s', (path, reason) => expect(refusal(path, PLACES)).toBe(reason))
})

test.each([
  ['/a', '/a', true],
  ['/a', '/a/b', true],
  ['/a/b', '/a', true],
  ['/', '/a', true],
  ['/a', '/ab', false],
  ['/a/b', '/a/c', false],
])('%s and %s overlap: %s', (a, b, is) => expect(overlap(a, b)).toBe(is))
