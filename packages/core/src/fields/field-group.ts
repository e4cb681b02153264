import type { MediaServer } from '../servers/media-server';
import type { Operation } from '../units/unit';

/** What one server holds of a title, as far as we read it. */
export interface Provider<R> {
  readonly server: MediaServer;
  readonly record: R;
  /** The server's own title hash, copied for readers (CD-9); nothing relies on it. */
  readonly serverHash?: string;
  /** The server's own hash over all episodes of a show, likewise. */
  readonly contentHash?: string;
}

/** What a season or an episode takes from the documents above it in the catalogue. */
export interface ParentContext {
  /** Ids are the database's. */
  readonly showId: unknown;
  /** Of episodes. */
  readonly seasonId?: unknown;
  /** Display title. */
  readonly showTitle: string;
  readonly seasonNumber: number;
  readonly inline?: InlineMetadata;
}

/** What the show's metadata says about one season or episode. */
export interface InlineMetadata {
  readonly metadata: FieldValues;
  /** Where the show's metadata came from. */
  readonly serverId?: string;
}

/** Turns a listing path of a server into a URL; the UrlBuilder in production, `joinMediaUrl` in tests. */
export type ToUrl = (server: MediaServer, path: string) => string;

export type FieldValues = Readonly<Record<string, unknown>>;

interface GroupBase<R> {
  readonly name: string;
  /** The strategy that owns these rows. */
  readonly operation: Operation;
  /** Catalogue fields of the group, the primary one first. A lock on the primary field freezes the whole group. */
  readonly fields: readonly [string, ...string[]];
  /** Provenance field -> the field that it describes. Holds the owner's server id. */
  readonly sources: Readonly<Record<string, string>>;
  /** Does this server provide the group? Null and '' were already dropped by the parser (AV-3); unknown is no (AV-2). */
  readonly provides: (provider: Provider<R>) => boolean;
  /** What happens when every enabled server has answered and none provides the group (§5.3). */
  readonly whenAbsent: 'clear' | 'keep';
}

/** Values that stand in the listing. All fields of the group come from one server (AV-8). */
export interface ListedGroup<R> extends GroupBase<R> {
  readonly kind: 'listed';
  readonly read: (provider: Provider<R>, toUrl: (path: string) => string) => FieldValues;
}

/** Values that stand in a file which the listing names. */
export interface FetchedGroup<R> extends GroupBase<R> {
  readonly kind: 'fetched';
  /**
   * The group whose owner owns this one too: an image and its preview come from one server. Held by reference, so that
   * it counts also when only this group's strategy runs.
   */
  readonly follows?: ListedGroup<R>;
  readonly content: FetchContent;
  readonly path: (record: R) => string | undefined;
  /** Changes whenever the file must be read again. */
  readonly version: (record: R) => string;
  readonly read: (content: unknown, provider: Provider<R>) => FieldValues;
  /** Members of `fields` that repeat or describe the content: they go when it lacks them. All others then stay. */
  readonly copies?: readonly string[];
  /** The fields that repeat members of the first one, from what that one holds; undefined: it lacks them. */
  readonly repeats?: (primary: FieldValues) => FieldValues;
  /** What the parents know, for when no file can be read and nothing is stored (ST-E3); never closes a gate. */
  readonly fallback?: (inline: FieldValues) => FieldValues;
  readonly isPopulated: (document: FieldValues) => boolean;
  /** The listing names the file but it is not there (404): keep what is stored, or clear it. */
  readonly whenMissing: 'clear' | 'keep';
  /** Written when the fetch failed and nothing is stored yet (ST-M4). */
  readonly stub?: (title: string, now: Date) => FieldValues;
}

/** A map with an owner per key (captions per language, AV-7). */
export interface KeyedGroup<R> extends GroupBase<R> {
  readonly kind: 'keyed';
  readonly entries: (provider: Provider<R>, toUrl: (path: string) => string) => readonly KeyedEntry[];
  /** Orders the merged map; readers rely on it. */
  readonly compareKeys: (a: string, b: string) => number;
  /** The server that an entry came from; the first entry's is the source of the whole map. */
  readonly ownerOf: (entry: unknown) => string | undefined;
}

/** Values that no single server owns: computed over all providers, or inherited from the documents above (B-39). */
export interface UnitedGroup<R> extends GroupBase<R> {
  readonly kind: 'united';
  /** Without any value the group stays as it is stored. */
  readonly read: (providers: readonly Provider<R>[], inline: FieldValues | undefined) => FieldValues;
  /** As in fetched groups. */
  readonly copies?: readonly string[];
  readonly repeats?: (primary: FieldValues) => FieldValues;
}

export interface KeyedEntry {
  readonly key: string;
  readonly value: FieldValues;
}

/** Kinds of files: a JSON object, or the text of an image preview. */
export type FetchContent = 'metadata' | 'blurhash';

export type FieldGroup<R> = ListedGroup<R> | FetchedGroup<R> | KeyedGroup<R> | UnitedGroup<R>;

export type FieldTable<R> = readonly FieldGroup<R>[];
