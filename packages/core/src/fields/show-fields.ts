import { compact } from '../records/normalize-media';
import type { ShowRecord } from '../records/tv-record';
import { fileNameWithToken } from '../servers/media-url';
import type { FetchedGroup, FieldTable, ListedGroup, Provider, UnitedGroup } from './field-group';
import { blurhashGroup, focalGroup, hasMetadata, imageGroup, syncHashGroup } from './media-groups';
import { readShowMetadata, repeatedOfShow, SHOW_COPIES } from './tv-metadata';

const metadata: FetchedGroup<ShowRecord> = {
  kind: 'fetched',
  name: 'metadata',
  operation: 'metadata',
  fields: ['metadata', 'title', ...SHOW_COPIES],
  copies: SHOW_COPIES,
  repeats: repeatedOfShow,
  sources: { metadataSource: 'metadata', titleSource: 'title' },
  provides: ({ record }) => record.metadata !== undefined,
  whenAbsent: 'keep',
  content: 'metadata',
  path: (record) => record.metadata,
  version: (record) => fileNameWithToken(record.metadata ?? ''),
  read: readShowMetadata,
  isPopulated: hasMetadata,
  whenMissing: 'keep',
};

/** Both hashes describe one server's copy of the show, so they come from one server. */
const hashes: ListedGroup<ShowRecord> = {
  ...syncHashGroup<ShowRecord>(),
  fields: ['syncHash', 'contentHash'],
  read: ({ serverHash, contentHash }) => compact({ syncHash: serverHash, contentHash }),
};

/** The union over all servers: counts of one server would flip with every other's (B-39). */
const counts: UnitedGroup<ShowRecord> = {
  kind: 'united',
  name: 'counts',
  operation: 'content',
  fields: ['seasonCount', 'totalEpisodeCount'],
  sources: {},
  provides: () => true,
  whenAbsent: 'keep',
  read: (providers) => ({
    seasonCount: new Set(seasonsOf(providers).map(({ number }) => number)).size,
    totalEpisodeCount: new Set(
      seasonsOf(providers).flatMap(({ number, episodes }) =>
        episodes.map((episode) => `${number}/${episode}`),
      ),
    ).size,
  }),
};

function seasonsOf(providers: readonly Provider<ShowRecord>[]): ShowRecord['seasons'] {
  return providers.flatMap(({ record }) => record.seasons);
}

const posterOf = ({ images }: ShowRecord) => images.poster;
const backdropOf = ({ images }: ShowRecord) => images.backdrop;
const poster = imageGroup<ShowRecord>('poster', 'posterURL', posterOf);
const backdrop = imageGroup<ShowRecord>('backdrop', 'backdrop', backdropOf);

/** Everything that a show document takes from file servers (sync-semantics §1.4), in the order of the strategies. */
export const showFields: FieldTable<ShowRecord> = [
  metadata,
  hashes,
  poster,
  backdrop,
  imageGroup('logo', 'logo', ({ images }) => images.logo),
  focalGroup('backdropFocal', (record) => record.backdropFocal),
  focalGroup('backdropFocalSuggested', (record) => record.backdropFocalSuggested),
  counts,
  blurhashGroup(poster, posterOf),
  blurhashGroup(backdrop, backdropOf),
];
