import { movieFields } from '../fields/movie-fields';
import type { FieldTable } from '../fields/field-group';
import type { MovieRecord } from '../records/movie-record';
import type { FetchOutcome, Resolution, ResolveInput } from './resolution';
import { resolve } from './resolve';
import { withStructure } from './with-structure';

/** What `resolve` decides on, with the kind's own field table unless another one is given. */
export type KindResolveInput<R> = Omit<ResolveInput<R>, 'table'> & { readonly table?: FieldTable<R> };

export type MovieResolveInput = KindResolveInput<MovieRecord>;

/** The movie's field table and its structure; the folder name is the title until metadata gives one. */
export function resolveMovie(
  given: MovieResolveInput,
  outcomes?: ReadonlyMap<string, FetchOutcome>,
): Resolution {
  const input = { table: movieFields, ...given };
  const resolution = resolve(input, outcomes);
  const [best] = input.providers;
  if (best === undefined) return resolution;
  const serverId = best.server.id;
  const discovery =
    input.current === null ? { initialDiscoveryDate: input.now, initialDiscoveryServer: serverId } : {};
  return withStructure(input, resolution, {
    fixed: { type: 'movie', originalTitle: input.title, ...discovery },
    title: { text: input.title, serverId },
  });
}
