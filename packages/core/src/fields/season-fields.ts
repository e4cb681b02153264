import type { SeasonRecord } from '../records/tv-record';
import type { FieldTable, UnitedGroup } from './field-group';
import { blurhashGroup, imageGroup } from './media-groups';
import { numberOf, readSeasonMetadata, repeatedOfSeason, SEASON_COPIES } from './tv-metadata';

/** Owned by the server whose metadata the show has; a season has no file of its own (contract §4). */
const metadata: UnitedGroup<SeasonRecord> = {
  kind: 'united',
  name: 'metadata',
  operation: 'metadata',
  fields: ['metadata', 'title', ...SEASON_COPIES],
  copies: SEASON_COPIES,
  repeats: repeatedOfSeason,
  sources: { metadataSource: 'metadata', titleSource: 'title' },
  provides: () => true,
  whenAbsent: 'keep',
  read: (_providers, inline) => (inline === undefined ? {} : readSeasonMetadata(inline)),
};

/** As many as the metadata says; else the union over all servers (B-39). */
const episodeCount: UnitedGroup<SeasonRecord> = {
  kind: 'united',
  name: 'episodeCount',
  operation: 'content',
  fields: ['episodeCount'],
  sources: {},
  provides: () => true,
  whenAbsent: 'keep',
  read: (providers, inline) => {
    const listed = new Set(providers.flatMap(({ record }) => record.episodes)).size;
    return { episodeCount: numberOf(inline?.['episode_count']) ?? listed };
  },
};

const posterOf = ({ images }: SeasonRecord) => images.poster;
const poster = imageGroup<SeasonRecord>('poster', 'posterURL', posterOf);

/** Everything that a season document takes from file servers and its show (sync-semantics §1.5). */
export const seasonFields: FieldTable<SeasonRecord> = [
  metadata,
  poster,
  episodeCount,
  blurhashGroup(poster, posterOf),
];
