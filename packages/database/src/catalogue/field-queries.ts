import type { Filter } from 'mongodb';
import type { CatalogueFields } from './stored-document';

export type TitleAsset = 'poster' | 'backdrop' | 'logo';

/** Readers find image URLs as `posterURL` but `backdrop` and `logo` (sync-semantics §1.3, §1.4). */
export const ASSET_FIELDS: Readonly<Record<TitleAsset, string>> = {
  poster: 'posterURL',
  backdrop: 'backdrop',
  logo: 'logo',
};

/** A non-empty text. */
const PRESENT = { $gt: '' };

export const withField = (field: string): Filter<CatalogueFields> => ({ [field]: PRESENT });

/** Absent, null and empty are all "missing". */
export const withoutField = (field: string): Filter<CatalogueFields> => ({ [field]: { $in: [null, ''] } });

export const WITH_VIDEO = withField('videoURL');
export const WITH_CHAPTERS = withField('chapterURL');

/** A non-empty map, or one that holds any of the display languages. */
export function withCaptions(languages: readonly string[] = []): Filter<CatalogueFields> {
  return languages.length === 0
    ? { captionURLs: { $gt: {} } }
    : { $or: languages.map((language) => ({ [`captionURLs.${language}`]: { $exists: true } })) };
}

export const WITHOUT_CAPTIONS: Filter<CatalogueFields> = { captionURLs: { $not: { $gt: {} } } };

/** Documents that fulfil at least one condition; none do when there is no condition (MongoDB refuses an empty $or). */
export function anyOf(conditions: readonly Filter<CatalogueFields>[]): Filter<CatalogueFields> {
  return conditions.length === 0 ? { _id: { $in: [] } } : { $or: [...conditions] };
}
