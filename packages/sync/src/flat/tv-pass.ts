import { resolveShow, type Provider, type ShowListing, type ShowRecord } from '@reelsync/core';
import type { StoredTVShow } from '@reelsync/database';
import { showStrategies, type SyncStrategy } from '@reelsync/domain';
import { GateMemory, KnownMemory, type AppliedMemory } from './applied-memory';
import type { DocumentPlace } from './document-place';
import { DocumentSteps } from './document-steps';
import { EpisodePass } from './episode-pass';
import { addOutcome } from './flat-result';
import type { PassContext } from './pass-context';
import { SeasonPass } from './season-pass';
import { ShowRenames } from './show-renames';
import type { SyncedShow } from './synced-show';

interface ListedShowTitle {
  readonly title: string;
  readonly record: ShowListing;
}

/** The shows of one server: all headers of a chunk, then all seasons, then all episodes (design decision 5). */
export class TvPass {
  private readonly strategies: readonly SyncStrategy<ShowRecord>[];
  private readonly seasons: SeasonPass;
  private readonly episodes: EpisodePass;
  private readonly renames: ShowRenames;

  constructor(private readonly context: PassContext) {
    this.strategies = showStrategies(context.readFile);
    this.seasons = new SeasonPass(context);
    this.episodes = new EpisodePass(context);
    this.renames = new ShowRenames(context);
  }

  async sync(shows: readonly ListedShowTitle[], onDone: (title: string) => void): Promise<void> {
    const { tvShows } = this.context.database;
    const stored = await Promise.all(shows.map(({ title }) => tvShows.load(title)));
    const synced: SyncedShow[] = [];
    for (const [index, show] of shows.entries()) {
      const document = await this.syncHeader(show, stored[index] ?? null);
      if (document !== null) synced.push(document);
    }
    const seasons = await this.seasons.sync(synced);
    for (const { title } of shows) {
      for (const season of seasons.filter(({ show }) => show.title === title))
        await this.episodes.sync(season);
      onDone(title);
    }
  }

  private async syncHeader(
    { title, record }: ListedShowTitle,
    stored: StoredTVShow | null,
  ): Promise<SyncedShow | null> {
    const { tools, result } = this.context;
    const providers = tools.pass.showsOf(title, record);
    const gate = new GateMemory(this.context.database.gates, { kind: 'show', title });
    const memory = new KnownMemory(gate, await gate.load());
    const steps = await this.stepsOf(title, providers, stored, memory);
    await steps.create();
    await steps.run();
    const document = steps.stored;
    // Last: a title that the children cannot take may be another one by now.
    await steps.beside(() => this.renames.finish(title, memory));
    addOutcome(result, steps.outcome());
    if (document === null) {
      this.skipChildren(title, record);
      return null;
    }
    return { document, title, providers };
  }

  private async stepsOf(
    title: string,
    providers: readonly Provider<ShowListing>[],
    stored: StoredTVShow | null,
    memory: AppliedMemory,
  ): Promise<DocumentSteps<ShowRecord, StoredTVShow>> {
    const { database, tools } = this.context;
    const { tvShows } = database;
    const place: DocumentPlace<ShowRecord, StoredTVShow> = {
      subject: { mediaType: 'tvShow', title },
      label: title,
      strategies: this.strategies,
      providers: providers.map((provider) => ({ ...provider, record: provider.record.show })),
      isListed: true,
      stored,
      parent: () => undefined,
      structure: (input) => resolveShow(input),
      reread: () => tvShows.load(title),
      isAlwaysReread: false,
      write: (entity, existing, options) => {
        const write = () => tvShows.smartUpsert(entity, existing, options);
        if (existing === null) return this.renames.aroundCreation(memory, write);
        // What this pass has created has no children, or is marked.
        return stored === null ? write() : this.renames.around(existing, entity, memory, write);
      },
      memory,
      alwaysRead: (await this.lacksChildren(stored, providers)) ? ['metadata'] : [],
      probes: [],
    };
    return new DocumentSteps(place, tools);
  }

  /** Children that are gone although servers list them come back with all that their show says of them (CD-8). */
  private async lacksChildren(
    stored: StoredTVShow | null,
    providers: readonly Provider<ShowListing>[],
  ): Promise<boolean> {
    if (stored === null) return false;
    const { seasons, episodes } = this.context.database;
    const listed = providers.flatMap(({ record }) => record.show.seasons);
    const numbers = new Set(listed.map(({ number }) => number));
    const keys = new Set(
      listed.flatMap(({ number, episodes: held }) => held.map((episode) => `${number}/${episode}`)),
    );
    return (
      (await seasons.getSeasonCount(stored._id)) < numbers.size ||
      (await episodes.getEpisodeCount(stored._id)) < keys.size
    );
  }

  private skipChildren(title: string, { seasons }: ShowListing): void {
    const { result } = this.context;
    for (const { number: seasonNumber, episodes } of seasons) {
      result.seasons.skippedSeasons.push({ mediaType: 'season', title, seasonNumber });
      for (const { number: episodeNumber } of episodes.episodes)
        result.episodes.skippedEpisodes.push({ mediaType: 'episode', title, seasonNumber, episodeNumber });
    }
  }
}
