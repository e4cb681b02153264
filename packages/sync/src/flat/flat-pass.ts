import {
  byPrecedence,
  ownPaths,
  sketchMovie,
  sketchShow,
  type FieldAvailability,
  type MediaServer,
  type MovieRecord,
  type Provider,
  type ShowListing,
} from '@reelsync/core';
import type { FileServerListings, TitleHashes } from './flat-listings';

/** What one server pass knows of the servers. */
export class FlatPass {
  /** Enabled servers, best first; the one that this pass is about among them. */
  readonly servers: readonly MediaServer[];
  private readonly answered: ReadonlySet<string>;

  constructor(
    readonly server: MediaServer,
    configured: readonly MediaServer[],
    readonly listings: FileServerListings,
    private readonly availability: FieldAvailability,
    /** Every enabled server has answered, so that absence is a fact (§5.3). */
    readonly allAnswered: boolean,
    readonly hashes: { readonly movies: TitleHashes; readonly tv: TitleHashes },
  ) {
    const others = configured.filter(({ id }) => id !== server.id);
    const position = configured.findIndex(({ id }) => id === server.id);
    const enabled = { ...server, enabled: true };
    this.servers = byPrecedence(
      position === -1 ? [...others, enabled] : others.toSpliced(position, 0, enabled),
    );
    this.answered = new Set([server.id, ...serversIn(availability)]);
  }

  /** Whether the map shows something of each of these servers. */
  static knowsAll(
    enabled: readonly MediaServer[],
    server: MediaServer,
    availability: FieldAvailability,
  ): boolean {
    const known = serversIn(availability);
    return enabled.every(({ id }) => id === server.id || known.has(id));
  }

  /** A server that should keep what it owns although it is silent now (AV-4). */
  isSilent(serverId: unknown): boolean {
    return !this.allAnswered && this.servers.some(({ id }) => id === serverId && !this.answered.has(id));
  }

  /** Position in the order of precedence; lower wins. */
  rankOf(serverId: unknown): number {
    return this.servers.findIndex(({ id }) => id === serverId);
  }

  moviesOf(title: string, own: MovieRecord): readonly Provider<MovieRecord>[] {
    return this.providers(own, this.hashes.movies.get(title), (serverId) =>
      sketchMovie(ownPaths(this.availability.movies, title), serverId),
    );
  }

  showsOf(title: string, own: ShowListing): readonly Provider<ShowListing>[] {
    return this.providers(own, this.hashes.tv.get(title), (serverId) =>
      sketchShow(ownPaths(this.availability.tv, title), serverId),
    );
  }

  private providers<R>(
    own: R,
    hashes: { readonly hash: string; readonly contentHash?: string } | undefined,
    sketch: (serverId: string) => R | undefined,
  ): readonly Provider<R>[] {
    return this.servers.flatMap((server): Provider<R>[] => {
      if (server.id === this.server.id) {
        const { hash, contentHash } = hashes ?? {};
        return [
          {
            server,
            record: own,
            ...(hash === undefined ? {} : { serverHash: hash }),
            ...(contentHash === undefined ? {} : { contentHash }),
          },
        ];
      }
      const record = sketch(server.id);
      // Its hash is its own pass's business; that it has one keeps others from writing theirs.
      return record === undefined ? [] : [{ server, record, serverHash: '' }];
    });
  }
}

function serversIn({ movies, tv }: FieldAvailability): ReadonlySet<string> {
  const found = new Set<string>();
  for (const titles of [movies, tv])
    for (const paths of Object.values(titles))
      for (const serverIds of Object.values(paths)) for (const id of serverIds) found.add(id);
  return found;
}
