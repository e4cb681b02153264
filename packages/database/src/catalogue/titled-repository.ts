import type { MovieDocument } from '@reelsync/core';
import type { Db } from 'mongodb';
import { BaseRepository, type BaseRepositoryOptions } from './base-repository';
import type { DocumentKey } from './document-key';
import { CHUNK_SIZE } from '../batching/chunks';
import { databaseStream } from '../connection/to-database-error';
import { anyOf, ASSET_FIELDS, withoutField, type TitleAsset } from './field-queries';
import type {
  DeleteResult,
  FindOptions,
  Stored,
  TitledDocument,
  UpsertResult,
  WriteStamp,
} from './stored-document';

export type TitleAssets = Pick<
  MovieDocument,
  | 'posterURL'
  | 'posterSource'
  | 'posterBlurhash'
  | 'posterBlurhashSource'
  | 'backdrop'
  | 'backdropSource'
  | 'backdropBlurhash'
  | 'backdropBlurhashSource'
  | 'backdropFocal'
  | 'backdropFocalSource'
  | 'backdropFocalSuggested'
  | 'backdropFocalSuggestedSource'
  | 'logo'
  | 'logoSource'
>;

const FOLDER_NAME: DocumentKey<string> = {
  fields: ['originalTitle'],
  read: ({ originalTitle }) =>
    typeof originalTitle === 'string' && originalTitle !== '' ? originalTitle : undefined,
  toFields: (originalTitle) => ({ originalTitle }),
};

/** Which server a part of a movie or a show comes from. What follows such a part comes from the same one. */
const SOURCE_FIELDS = [
  'titleSource',
  'metadataSource',
  'posterSource',
  'backdropSource',
  'logoSource',
  'videoSource',
  'captionSource',
  'chapterSource',
] as const;

/** A collection whose documents have a folder name, which is their only key (RP-1); display titles are for people. */
export abstract class TitledRepository<T extends TitledDocument> extends BaseRepository<T, string> {
  constructor(db: Db, options: Omit<BaseRepositoryOptions<string>, 'key'>) {
    super(db, { ...options, key: FOLDER_NAME });
  }

  findByOriginalTitle(originalTitle: string): Promise<Stored<T> | null> {
    return this.load(originalTitle);
  }

  /** The first document with this display title, by folder name: several works may share one (B-11). */
  findByTitle(title: string): Promise<Stored<T> | null> {
    return this.call('findByTitle', { title }, () =>
      this.collection.findOne<Stored<T>>({ title }, { sort: { originalTitle: 1 } }),
    );
  }

  /** By folder name, which is unique; else by display title. */
  async findByEitherTitle(title: string, originalTitle: string = title): Promise<Stored<T> | null> {
    return (await this.load(originalTitle)) ?? this.findByTitle(title);
  }

  /** Deletes what is neither locked nor entered by hand, and says what was kept (CL-8). */
  deleteByOriginalTitles(originalTitles: readonly string[]): Promise<DeleteResult> {
    return this.deleteByKeys(originalTitles);
  }

  /** The folder names of documents of which something comes from this server, in their order. */
  async *streamTitlesFrom(serverId: string): AsyncGenerator<string> {
    const filter = anyOf(SOURCE_FIELDS.map((field) => ({ [field]: serverId })));
    const cursor = this.collection.find<Pick<TitledDocument, 'originalTitle'>>(filter, {
      projection: { originalTitle: 1 },
      sort: { originalTitle: 1 },
      batchSize: CHUNK_SIZE,
    });
    for await (const { originalTitle } of databaseStream(this.context('streamTitlesFrom'), cursor))
      yield originalTitle;
  }

  findMissingAssets(asset: TitleAsset, options?: FindOptions): AsyncGenerator<Stored<T>> {
    return this.findAll(withoutField(ASSET_FIELDS[asset]), options);
  }

  updateAssets(
    originalTitle: string,
    assets: TitleAssets,
    stamp?: Partial<WriteStamp>,
  ): Promise<UpsertResult> {
    return this.update(originalTitle, { ...assets }, stamp);
  }
}
