import type { LibraryName } from './generate-movie';
import type { FileTime, MovieFolder } from './media-files';
import { mutateMovie, newMovie } from './mutate-movie';
import { mutateShow } from './mutate-show';
import { MutationMethods } from './mutations';
import type { MovieMutation, Mutation, ShowMutation } from './mutations';
import type { ShowFolder } from './show-folder';
import type { TitleStore } from './title-store';

const FIRST_MUTATION = Date.UTC(2026, 0, 1) + 125;
/** Every change gets its own second: validators of static files have that resolution. */
const BETWEEN_MUTATIONS = 61_000;

/**
 * What one server holds. Time is a count of the changes made, not a clock: two libraries built with the same options
 * that see the same mutations are equal in every token, so a mirror can stand in for a server in another process.
 */
export class Library extends MutationMethods<void> {
  private readonly changes = new Map<string, FileTime>();
  private mutations = 0;

  constructor(
    readonly name: LibraryName,
    /** Lower wins. */
    readonly priority: number,
    /** Path prefix of the static tree, '' for none. */
    readonly prefix: string,
    readonly movies: TitleStore<MovieFolder>,
    readonly shows: TitleStore<ShowFolder>,
  ) {
    super();
  }

  /** How many changes were made so far. */
  get revision(): number {
    return this.mutations;
  }

  /** When the title was last changed; null for one that is as built. */
  changedAt(kind: 'movies' | 'tv', title: string): FileTime | null {
    return this.changes.get(`${kind}/${title}`) ?? null;
  }

  override apply(mutation: Mutation): void {
    const now = FIRST_MUTATION + this.mutations * BETWEEN_MUTATIONS;
    if (isShowMutation(mutation)) {
      this.applyToShows(mutation, now);
      this.changes.set(`tv/${mutation.title}`, now);
    } else {
      this.applyToMovies(mutation, now);
      this.changes.set(`movies/${mutation.title}`, now);
    }
    this.mutations += 1;
  }

  private applyToShows(mutation: ShowMutation, now: FileTime): void {
    const { title } = mutation;
    const folder = this.shows.get(title);
    if (!folder) throw new Error(`${this.name} has no show "${title}"`);
    if (mutation.type === 'removeShow') this.shows.delete(title);
    else this.shows.set(title, mutateShow(folder, mutation, this.name, now));
  }

  private applyToMovies(mutation: MovieMutation, now: FileTime): void {
    const { title } = mutation;
    const folder = this.movies.get(title);
    if (mutation.type === 'addMovie') {
      if (folder) throw new Error(`${this.name} already has a movie "${title}"`);
      this.movies.set(title, newMovie(title, this.name, now));
      return;
    }
    if (!folder) throw new Error(`${this.name} has no movie "${title}"`);
    if (mutation.type === 'removeMovie') this.movies.delete(title);
    else this.movies.set(title, mutateMovie(folder, mutation, now));
  }
}

function isShowMutation(mutation: Mutation): mutation is ShowMutation {
  switch (mutation.type) {
    case 'removeShow':
    case 'renameShow':
    case 'replaceSeasonPoster':
    case 'addEpisode':
    case 'replaceThumbnail':
    case 'removeEpisode':
      return true;
    case 'addMovie':
    case 'removeMovie':
    case 'replacePoster':
    case 'replaceVideo':
    case 'finishAutoCaption':
    case 'editMetadata':
    case 'addCaption':
    case 'removeCaption':
    case 'removeAsset':
    case 'touch':
    case 'setFocal':
      return false;
  }
}
