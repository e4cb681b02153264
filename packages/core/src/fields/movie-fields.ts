import { compact } from '../records/normalize-media';
import type { MovieRecord } from '../records/movie-record';
import { fileNameWithToken } from '../servers/media-url';
import { captionGroup } from './caption-group';
import type { FetchedGroup, FieldTable } from './field-group';
import {
  blurhashGroup,
  chapterGroup,
  focalGroup,
  hasMetadata,
  imageGroup,
  syncHashGroup,
  videoGroup,
} from './media-groups';
import { readMovieMetadata, repeatedOfMovie } from './movie-metadata';

/** The version of the metadata normaliser that readers find in `syncVersion`; compared by nobody (B-24: see gates). */
const METADATA_VERSION = '2.1';

const metadata: FetchedGroup<MovieRecord> = {
  kind: 'fetched',
  name: 'metadata',
  operation: 'metadata',
  // `title` is written here and nowhere else (B-6).
  fields: ['metadata', 'title', 'syncVersion', 'metadataHash'],
  copies: ['metadataHash'],
  repeats: repeatedOfMovie,
  sources: { metadataSource: 'metadata', titleSource: 'title' },
  provides: ({ record }) => record.metadata !== undefined,
  whenAbsent: 'keep',
  content: 'metadata',
  path: (record) => record.metadata,
  version: (record) => fileNameWithToken(record.metadata ?? ''),
  read: (content, { serverHash }) =>
    compact({ ...readMovieMetadata(content), syncVersion: METADATA_VERSION, metadataHash: serverHash }),
  isPopulated: hasMetadata,
  whenMissing: 'keep',
  stub: (title, now) => ({
    metadata: { title, source: 'reelsync', dateAdded: now, lastScanned: now, hasExternalMetadata: false },
  }),
};

const posterOf = ({ images }: MovieRecord) => images.poster;
const backdropOf = ({ images }: MovieRecord) => images.backdrop;
const poster = imageGroup<MovieRecord>('poster', 'posterURL', posterOf);
const backdrop = imageGroup<MovieRecord>('backdrop', 'backdrop', backdropOf);

/** Everything that a movie document takes from file servers (sync-semantics §1.3), in the order of the strategies. */
export const movieFields: FieldTable<MovieRecord> = [
  metadata,
  syncHashGroup(),
  poster,
  backdrop,
  imageGroup('logo', 'logo', ({ images }) => images.logo),
  focalGroup('backdropFocal', (record) => record.backdropFocal),
  focalGroup('backdropFocalSuggested', (record) => record.backdropFocalSuggested),
  // bytes
  videoGroup(
    (record) => record.video,
    (sizeKb) => Math.round(sizeKb * 1024),
  ),
  captionGroup((record) => record.captions),
  chapterGroup((record) => record.chapters),
  blurhashGroup(poster, posterOf),
  blurhashGroup(backdrop, backdropOf),
];
