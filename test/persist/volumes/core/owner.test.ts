import { describe, expect, test } from 'vitest'
import {
  type OwnerFacts,
  appUser,
  chooseOwner,
  imageUser,
  isOwnerKnown,
} from '../../../../src/persist/volumes/core/owner'

const user = (uid: number, gid = uid) => ({ uid, gid })
const ROOT = user(0)
const facts = (over: Partial<OwnerFacts>): OwnerFacts => ({
  ...{ running: [], image: ROOT, place: null },
  ...over,
})

describe('the user of an app', () => {
  test.each<[string, Partial<OwnerFacts>, number]>([
    ['of an image without one is root', {}, 0],
    ['of an image with one is that one', { image: user(1000) }, 1000],
    ['that an entry point changes to is that of the processes', { running: [ROOT, user(33)] }, 33],
    ['of the processes comes before that of the image', { image: user(5), running: [user(7)] }, 7],
    ['of the image stays where only root runs', { image: user(5), running: [ROOT] }, 5],
  ])('%s', (_, over, uid) => expect(appUser(facts(over)).uid).toBe(uid))
})

describe('the owner of a new volume', () => {
  test.each<[string, Parameters<typeof chooseOwner>[0], Partial<OwnerFacts>, object | null]>([
    ['of root stays as in the image', 'auto', {}, null],
    ['of a user, at a missing path, is the user', 'auto', { image: user(1000) }, user(1000)],
    ['of a user, at a path of root', 'auto', { image: user(1000), place: ROOT }, user(1000)],
    ['of a path with its own user stays', 'auto', { image: user(1000), place: user(999) }, null],
    ['image keeps everything', 'image', { image: user(1000), place: ROOT }, null],
    ['by number is that number', user(5, 6), { image: user(1000) }, user(5, 6)],
    ['root by number', ROOT, { image: user(1000), place: user(999) }, ROOT],
  ])('%s', (_, rule, over, expected) => expect(chooseOwner(rule, facts(over))).toEqual(expected))
})

describe('the owner by auto is certain before the app runs', () => {
  test.each<[string, Parameters<typeof chooseOwner>[0], Partial<OwnerFacts>, boolean]>([
    ['not for an image of root: its entry point may change the user', 'auto', {}, false],
    ['not at a path of root', 'auto', { place: ROOT }, false],
    ['at a path of another user', 'auto', { place: user(999) }, true],
    ['for an image with a user', 'auto', { image: user(1000) }, true],
    ['once the app has run', 'auto', { running: [ROOT] }, true],
    ['with another rule', 'image', {}, true],
    ['with a number', user(5), {}, true],
  ])('%s', (_, rule, over, expected) => expect(isOwnerKnown(rule, facts(over))).toBe(expected))
})

describe('the user of an image', () => {
  const passwd = 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1001::/home/node:/bin/sh\n'
  const group = 'root:x:0:\nstaff:x:50:\n'
  test.each<[string, string, string, object]>([
    ['', 'dockerfile', 'none is root', ROOT],
    ['', 'herokuish', 'none of herokuish is herokuishuser', user(32767)],
    ['node', '', 'a name, with the group of its line', user(1000, 1001)],
    ['node:staff', '', 'a name and a group', user(1000, 50)],
    ['node:7', '', 'a name and the number of a group', user(1000, 7)],
    ['1000', '', 'a number, with the group of its line', user(1000, 1001)],
    ['1234', '', 'a number without a line has the group of root', user(1234, 0)],
    ['1234:1234', '', 'two numbers', user(1234)],
    ['nobody', '', 'a name that the image does not have counts as root', ROOT],
    ['root', 'herokuish', 'root is root', ROOT],
  ])('%j of %s: %s', (text, builder, _, expected) =>
    expect(imageUser(text, builder, passwd, group)).toEqual(expected),
  )
})
