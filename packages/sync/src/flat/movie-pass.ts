import { resolveMovie, type MovieRecord, type Unit } from '@reelsync/core';
import type { StoredMovie } from '@reelsync/database';
import { movieStrategies, type SyncStrategy } from '@reelsync/domain';
import { GateMemory, LateMemory, type AppliedMemory } from './applied-memory';
import type { DocumentPlace } from './document-place';
import { DocumentSteps } from './document-steps';
import type { PassContext } from './pass-context';
import { addOutcome } from './flat-result';

interface ListedMovie {
  readonly title: string;
  readonly record: MovieRecord;
}

/** The movies of one server. Missing ones are created together; then each goes through its groups by itself. */
export class MoviePass {
  private readonly strategies: readonly SyncStrategy<MovieRecord>[];

  constructor(private readonly context: PassContext) {
    this.strategies = movieStrategies(context.readFile);
  }

  async sync(movies: readonly ListedMovie[], onDone: (title: string) => void): Promise<void> {
    const { database, tools, result } = this.context;
    const documents = await Promise.all(
      movies.map(async (movie) => {
        const [stored, gate] = await Promise.all([
          database.movies.load(movie.title),
          database.gates.load(unitOf(movie.title)),
        ]);
        const memory = new LateMemory(
          new GateMemory(database.gates, unitOf(movie.title)),
          gate?.applied ?? {},
        );
        const steps = new DocumentSteps(this.placeOf(movie, stored, memory), tools);
        return { title: movie.title, steps, memory };
      }),
    );
    await Promise.all(documents.map(({ steps }) => steps.create()));
    try {
      for (const { title, steps } of documents) {
        addOutcome(result, await steps.run());
        onDone(title);
      }
    } finally {
      // After the documents, and together: what is not remembered is only read again.
      await Promise.all(documents.map(({ memory }) => memory.save()));
    }
  }

  private placeOf(
    { title, record }: ListedMovie,
    stored: StoredMovie | null,
    memory: AppliedMemory,
  ): DocumentPlace<MovieRecord, StoredMovie> {
    const { database, tools } = this.context;
    return {
      subject: { mediaType: 'movie', title },
      label: title,
      strategies: this.strategies,
      providers: tools.pass.moviesOf(title, record),
      isListed: true,
      stored,
      parent: () => undefined,
      structure: (input) => resolveMovie(input),
      reread: () => database.movies.load(title),
      isAlwaysReread: false,
      write: (entity, existing, options) => database.movies.smartUpsert(entity, existing, options),
      memory,
      // No hash of a movie is asked for, so its metadata file itself tells whether it has changed.
      alwaysRead: ['metadata'],
      probes: [],
    };
  }
}

function unitOf(title: string): Unit {
  return { kind: 'movie', title };
}
