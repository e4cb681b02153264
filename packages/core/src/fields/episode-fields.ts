import type { EpisodeRecord } from '../records/tv-record';
import { fileNameWithToken } from '../servers/media-url';
import { captionGroup } from './caption-group';
import type { FetchedGroup, FieldTable } from './field-group';
import { blurhashGroup, chapterGroup, hasMetadata, imageGroup, videoGroup } from './media-groups';
import { EPISODE_COPIES, readEpisodeMetadata, repeatedOfEpisode } from './tv-metadata';

/** A file per episode, owned per episode (AV-7); the show's inline data stands in for it (ST-E3). */
const metadata: FetchedGroup<EpisodeRecord> = {
  kind: 'fetched',
  name: 'metadata',
  operation: 'metadata',
  fields: ['metadata', 'title', ...EPISODE_COPIES],
  copies: EPISODE_COPIES,
  repeats: repeatedOfEpisode,
  sources: { metadataSource: 'metadata', titleSource: 'title' },
  provides: ({ record }) => record.metadata !== undefined,
  whenAbsent: 'keep',
  content: 'metadata',
  path: (record) => record.metadata,
  version: (record) => fileNameWithToken(record.metadata ?? ''),
  read: readEpisodeMetadata,
  fallback: readEpisodeMetadata,
  isPopulated: hasMetadata,
  whenMissing: 'keep',
};

const thumbnailOf = ({ images }: EpisodeRecord) => images.thumbnail;
const thumbnail = imageGroup<EpisodeRecord>('thumbnail', 'thumbnail', thumbnailOf);

/** Everything that an episode document takes from file servers (sync-semantics §1.6), in the order of the strategies. */
export const episodeFields: FieldTable<EpisodeRecord> = [
  metadata,
  thumbnail,
  videoGroup(
    (record) => record.video,
    // kilobytes, as the servers send them
    (sizeKb) => sizeKb,
  ),
  captionGroup((record) => record.captions),
  chapterGroup((record) => record.chapters),
  blurhashGroup(thumbnail, thumbnailOf),
];
