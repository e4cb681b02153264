import { lockState } from '../catalogue/locks';
import { movieFields } from '../fields/movie-fields';
import type { FieldTable } from '../fields/field-group';
import type { MovieRecord } from '../records/movie-record';
import { resolve, type FetchOutcome, type Resolution, type ResolveInput } from './resolve';

export type MovieResolveInput = Omit<ResolveInput<MovieRecord>, 'table'> & {
  readonly table?: FieldTable<MovieRecord>;
};

/**
 * The movie's field table plus what makes a document readable at all (ST-M2): type, key, a display title (the folder
 * name until metadata gives one) and a metadata object. Structural fields that are absent on stored documents are healed.
 */
export function resolveMovie(
  input: MovieResolveInput,
  outcomes?: ReadonlyMap<string, FetchOutcome>,
): Resolution {
  const resolution = resolve({ table: movieFields, ...input }, outcomes);
  const [best] = input.providers;
  if (best === undefined) return resolution;
  const structure = new Map<string, unknown>([
    ['type', 'movie'],
    ['originalTitle', input.title],
  ]);
  const current = input.current ?? {};
  if (current['originalTitleSource'] === undefined) structure.set('originalTitleSource', best.server.id);
  if (current['metadata'] === undefined) structure.set('metadata', {});
  const hasTitle = typeof current['title'] === 'string' && current['title'] !== '';
  if (!hasTitle && lockState(input.locks, 'title').kind !== 'locked') {
    structure.set('title', input.title);
    structure.set('titleSource', best.server.id);
  }
  if (input.current === null) {
    structure.set('initialDiscoveryDate', input.now);
    structure.set('initialDiscoveryServer', best.server.id);
  }
  return { ...resolution, set: { ...Object.fromEntries(structure), ...resolution.set } };
}
