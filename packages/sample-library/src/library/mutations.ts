import type { JsonObject } from '../json';
import type { Focal } from './media-files';

/** Parts of a movie folder that can be removed or touched one by one. */
export type MovieAsset = 'poster' | 'backdrop' | 'logo' | 'metadata' | 'video' | 'chapters';
export const MOVIE_ASSETS = [
  'poster',
  'backdrop',
  'logo',
  'metadata',
  'video',
  'chapters',
] as const satisfies readonly MovieAsset[];

/** One change of one movie folder on one server's disk, as data: it can be sent to a server in another process. */
export type MovieMutation =
  | { readonly type: 'addMovie'; readonly title: string }
  | { readonly type: 'removeMovie'; readonly title: string }
  | { readonly type: 'replacePoster' | 'replaceVideo' | 'finishAutoCaption'; readonly title: string }
  | { readonly type: 'editMetadata'; readonly title: string; readonly patch: JsonObject }
  | { readonly type: 'addCaption' | 'removeCaption'; readonly title: string; readonly label: string }
  | { readonly type: 'removeAsset'; readonly title: string; readonly asset: MovieAsset }
  | { readonly type: 'touch'; readonly title: string; readonly asset: MovieAsset | 'folder' }
  | { readonly type: 'setFocal'; readonly title: string; readonly focal: Focal | null };

/** One change of one show folder. `season` is the folder name, `episode` the key of the listing (`S01E02`). */
export type ShowMutation =
  | { readonly type: 'removeShow'; readonly title: string }
  | { readonly type: 'renameShow'; readonly title: string; readonly name: string }
  | { readonly type: 'replaceSeasonPoster' | 'addEpisode'; readonly title: string; readonly season: string }
  | {
      readonly type: 'replaceThumbnail' | 'removeEpisode';
      readonly title: string;
      readonly season: string;
      readonly episode: string;
    };

export type Mutation = MovieMutation | ShowMutation;

/** Every mutation as a method, over whatever applies it: a library in this process or a server in another. */
export abstract class MutationMethods<Result> {
  abstract apply(mutation: Mutation): Result;

  /** Adds a folder with video, metadata and poster, all written now. */
  addMovie(title: string): Result {
    return this.apply({ type: 'addMovie', title });
  }

  removeMovie(title: string): Result {
    return this.apply({ type: 'removeMovie', title });
  }

  /** Another picture: token, metadata token and preview move. */
  replacePoster(title: string): Result {
    return this.apply({ type: 'replacePoster', title });
  }

  /** Overwrites top-level members of `metadata.json`; creates the file when there is none. */
  editMetadata(title: string, patch: JsonObject): Result {
    return this.apply({ type: 'editMetadata', title, patch });
  }

  /** Another encode under the same name: the whole video group and `_id` move. */
  replaceVideo(title: string): Result {
    return this.apply({ type: 'replaceVideo', title });
  }

  addCaption(title: string, label: string): Result {
    return this.apply({ type: 'addCaption', title, label });
  }

  removeCaption(title: string, label: string): Result {
    return this.apply({ type: 'removeCaption', title, label });
  }

  /** The first pending auto caption becomes a file: relative URL, no `pending`. */
  finishAutoCaption(title: string): Result {
    return this.apply({ type: 'finishAutoCaption', title });
  }

  removeAsset(title: string, asset: MovieAsset): Result {
    return this.apply({ type: 'removeAsset', title, asset });
  }

  /** New modification time, same content. `folder` stands for an unrelated file: only the metadata token moves. */
  touch(title: string, asset: MovieAsset | 'folder' = 'folder'): Result {
    return this.apply({ type: 'touch', title, asset });
  }

  /** Sets the manual focal hint. No hash covers it (contract §5.2). */
  setFocal(title: string, focal: Focal | null): Result {
    return this.apply({ type: 'setFocal', title, focal });
  }

  removeShow(title: string): Result {
    return this.apply({ type: 'removeShow', title });
  }

  /** Another display name in the show's metadata; the folder stays. */
  renameShow(title: string, name: string): Result {
    return this.apply({ type: 'renameShow', title, name });
  }

  /** Invisible in the bulk hash map (contract §5.3). */
  replaceSeasonPoster(title: string, season: string): Result {
    return this.apply({ type: 'replaceSeasonPoster', title, season });
  }

  replaceThumbnail(title: string, season: string, episode: string): Result {
    return this.apply({ type: 'replaceThumbnail', title, season, episode });
  }

  /** Adds the next episode of a season; a season that is not there begins with it. */
  addEpisode(title: string, season: string): Result {
    return this.apply({ type: 'addEpisode', title, season });
  }

  /** The last episode takes its season along. */
  removeEpisode(title: string, season: string, episode: string): Result {
    return this.apply({ type: 'removeEpisode', title, season, episode });
  }
}
