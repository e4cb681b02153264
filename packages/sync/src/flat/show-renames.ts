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
    await this.begin(memory);
    const result = await write();
    await this.finish(existing.originalTitle, memory);
    return result;
  }

  /**
   * Around the creation of a show: one that is back under the id that its children hold (CL-5) may be called otherwise than
   * they say. It is finished when the show has its title. A run that dies before the mark is in the gate leaves a show that
   * is called after its folder, so that the next one renames it, unless that is its title.
   */
  async aroundCreation(memory: AppliedMemory, create: () => Promise<UpsertResult>): Promise<UpsertResult> {
    const result = await create();
    if (result.isReturned === true) await this.begin(memory);
    return result;
  }

  /** Does what was begun, if anything was, with the title that is stored: a lock that was set meanwhile may have kept it. */
  async finish(originalTitle: string, memory: AppliedMemory): Promise<void> {
    if ((await memory.load())[MARK] === undefined) return;
    const { database, tools } = this.context;
    const show = await database.tvShows.load(originalTitle);
    if (show === null) return;
    const { _id, title } = show;
    const stamp = stampOf(tools);
    await database.seasons.renameShow(_id, title, stamp);
    await database.episodes.renameShow(_id, title, stamp);
    await memory.forget([MARK]);
  }

  private begin(memory: AppliedMemory): Promise<void> {
    return memory.remember({ set: { [MARK]: 'unfinished' }, forgotten: [] });
  }
}
