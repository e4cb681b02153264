import type { FieldValues } from '@reelsync/core';
import type { StoredTVShow, UpsertResult } from '@reelsync/database';
import type { AppliedMemory } from './applied-memory';
import { stampOf } from './document-steps';
import type { PassContext } from './pass-context';

/** Stands in the gate of a show from before its title is written until all its children have it. */
const MARK = 'renaming';

/**
 * Copies the display title of a show into its children, those that no server lists any more among them (B-3, B-25). What
 * ends in the middle is finished by the next pass over the show, to which the show itself looks as it should.
 */
export class ShowRenames {
  constructor(private readonly context: Pick<PassContext, 'database' | 'tools'>) {}

  /** Around each write of a show that may have children; costs something only if the title changes. */
  async around(
    existing: StoredTVShow,
    { title }: FieldValues,
    memory: AppliedMemory,
    write: () => Promise<UpsertResult>,
  ): Promise<UpsertResult> {
    if (title === undefined || title === existing.title) return write();
    await memory.remember({ set: { [MARK]: 'unfinished' }, forgotten: [] });
    const result = await write();
    // A lock that was set meanwhile may have kept the title.
    const show = await this.context.database.tvShows.load(existing.originalTitle);
    if (show !== null) await this.finish(show, memory);
    return result;
  }

  /** Does what was begun, if anything was. */
  async finish({ _id, title }: StoredTVShow, memory: AppliedMemory): Promise<void> {
    if ((await memory.load())[MARK] === undefined) return;
    const { database, tools } = this.context;
    const stamp = stampOf(tools);
    await database.seasons.renameShow(_id, title, stamp);
    await database.episodes.renameShow(_id, title, stamp);
    await memory.forget([MARK]);
  }
}
