import { KnownError } from '../../../foundation/core/errors'
import type { Host } from '../../../foundation/cli/command'
import type { Engine } from '../../../foundation/docker/engine'
import type { ContainerView } from '../../../foundation/docker/engine/container-view'
import type { Manifest } from '../core/manifest'
import { type Owner, advance, candidates, settle } from '../core/merge'
import { type Plan, planMerge } from '../core/plan'
import { sourceOf } from '../core/step'
import { describeNotes } from '../text'
import { type Left, applyPlan, readCurrent } from './call-helper'
import { Manifests } from './manifests'
import { type ImageTree, readTree } from './read-image'

/** A volume whose files follow the images of its app. */
export interface FollowingVolume {
  /** Its name on the server. */
  readonly entry: string
  /** Where containers see it, which is also where its files are in the image. */
  readonly path: string
  /** Who owns everything in it; null for the owners of the image. New files get this owner. */
  readonly owner: Owner | null
}

/** What a deploy changed in a volume. */
export interface Followed {
  /** Number of files, directories and links that were written, changed or removed. */
  readonly changes: number
  /** Lines for the deploy log: what could not simply follow the image. */
  readonly lines: readonly string[]
}

const NOTHING: Followed = { changes: 0, lines: [] }
/** An app may change files while they are merged. Then another plan is made, so many times. */
const ROUNDS = 3

async function findImage(engine: Engine, reference: string) {
  const image = await engine.image(reference)
  if (image) return image
  throw new KnownError(`The image ${reference} does not exist`)
}

/**
 * Records what an image has at the path of a volume: right after the volume was filled from the image,
 * or when a volume with files is switched to follow its images. Changes nothing in the volume. Throws
 * KnownError if the image does not exist.
 */
export async function recordImage(
  { platform }: Pick<Host, 'platform'>,
  engine: Engine,
  { entry, path }: Pick<FollowingVolume, 'entry' | 'path'>,
  reference: string,
  now: Date,
): Promise<void> {
  const { id, content } = await findImage(engine, reference)
  const image = await engine.withContainerOf(id, (view) => readTree(view, path))
  const tree = image?.tree ?? new Map<string, never>()
  const recorded = now.getTime()
  new Manifests(platform.root, entry).finish({ content, path, recorded, tree, offered: new Map() })
}

/** Forgets what a volume got from images, when it is removed or stops following them. */
export function forgetImage({ platform }: Pick<Host, 'platform'>, entry: string): void {
  new Manifests(platform.root, entry).forget()
}

/**
 * Merges what an image changed into a volume that got its files from an earlier image. Files that nobody
 * changed follow the image, everything else stays. If nothing was recorded for this path, the image is
 * recorded and nothing changes. An image with the same content costs one request and one small read.
 * After a kill the next call completes it. Throws KnownError if the image, the volume or the root helper
 * is missing, and for a full disk; files are then as before or as in the image.
 */
export async function followImage(
  host: Host,
  engine: Engine,
  volume: FollowingVolume,
  reference: string,
  now: Date,
): Promise<Followed> {
  const manifests = new Manifests(host.platform.root, volume.entry)
  const head = manifests.head()
  if (head?.path !== volume.path) {
    await recordImage(host, engine, volume, reference, now)
    return NOTHING
  }
  const { id, content } = await findImage(engine, reference)
  if (head.content === content && !manifests.isPending()) return NOTHING
  return engine.withContainerOf(id, async (view) => {
    const merge = new Merge(host, view, volume, manifests, { content, recorded: now.getTime() })
    const image = await readTree(view, volume.path, merge.before.tree)
    return image ? merge.run(image) : merge.keepAll()
  })
}

/** One merge of an image into a volume. */
class Merge {
  readonly before: Manifest

  constructor(
    private readonly host: Host,
    private readonly view: ContainerView,
    private readonly volume: FollowingVolume,
    private readonly manifests: Manifests,
    private readonly head: Pick<Manifest, 'content' | 'recorded'>,
  ) {
    const before = manifests.read()
    if (!before) throw new Error('the manifest is gone')
    this.before = before
  }

  /** The image has no such directory: it may come back, and the files may be needed. */
  keepAll(): Followed {
    const { path } = this.volume
    this.manifests.replace({ ...this.before, ...this.head })
    if (this.before.tree.size === 0) return NOTHING
    return { changes: 0, lines: [`The image has no directory ${path}: the volume keeps its files`] }
  }

  async run(image: ImageTree): Promise<Followed> {
    const { path } = this.volume
    const lines: string[] = []
    let { before } = this
    let pending = this.manifests.readPending()
    let changes = 0
    for (let round = 1; ; round += 1) {
      const [base, plan] = await this.plan(before, pending, image)
      const after: Manifest = { ...this.head, path, tree: image.tree, offered: plan.offered }
      if (plan.steps.length > 0) {
        // So that a third image still finds what this run or the one before has placed.
        if (pending) {
          before = { ...before, content: '', tree: base, offered: plan.offered }
          this.manifests.replace(before)
        }
        this.manifests.begin(after)
      }
      const left = await this.apply(image, plan)
      changes += plan.steps.length - left.length
      // A note of an earlier round is about the same files.
      lines.splice(0, lines.length, ...describeNotes(path, plan.notes))
      if (left.length > 0 && round < ROUNDS) {
        pending = after
        continue
      }
      const tree = advance(
        base,
        image.tree,
        left.map(({ step }) => sourceOf(step)),
      )
      this.manifests.finish(left.length > 0 ? { ...after, content: '', tree } : after)
      return { changes, lines: [...lines, ...describeLeft(path, left)] }
    }
  }

  private async plan(
    before: Manifest,
    pending: Manifest | null,
    { tree }: ImageTree,
  ): Promise<readonly [base: Manifest['tree'], plan: Plan]> {
    const bases = pending ? [before.tree, pending.tree] : [before.tree]
    const asked = candidates(bases, tree)
    const current = await readCurrent(this.host, this.volume.entry, asked)
    const base = pending ? settle(before.tree, pending.tree, current) : before.tree
    const offered = pending ? [before.offered, pending.offered] : [before.offered]
    return [base, planMerge(base, tree, current, { offered, owner: this.volume.owner })]
  }

  private async apply(image: ImageTree, { steps }: Plan): Promise<readonly Left[]> {
    if (steps.length === 0) return []
    return applyPlan(this.host, this.view, image, this.volume.entry, steps)
  }
}

function describeLeft(path: string, left: readonly Left[]): readonly string[] {
  const [first] = left
  if (!first) return []
  const files = left.length === 1 ? '1 entry' : `${left.length} entries`
  return [`${files} of ${path} could not be updated (${first.why}): the next deploy tries again`]
}
