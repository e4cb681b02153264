import { ObjectId } from 'mongodb';
import type { EpisodeDocument, SeasonDocument, TvShowDocument } from '@reelsync/core';

/** Two works of one name, and a third. */
export const OFFICE_UK = new ObjectId('64b000000000000000000001');
export const OFFICE_US = new ObjectId('64b000000000000000000002');
export const LOST = new ObjectId('64b000000000000000000003');

export function show(originalTitle: string, fields: Partial<TvShowDocument> = {}): TvShowDocument {
  return { type: 'tvShow', title: `${originalTitle} (display)`, originalTitle, ...fields };
}

export function season(
  showId: ObjectId,
  seasonNumber: number,
  fields: Partial<SeasonDocument<ObjectId>> = {},
): SeasonDocument<ObjectId> {
  const name = `Season ${seasonNumber}`;
  return {
    type: 'season',
    showId,
    showTitle: showId.equals(LOST) ? 'Lost' : 'The Office',
    seasonNumber,
    title: name,
    originalTitle: name,
    ...fields,
  };
}

/** A season's id that follows from its key, so that tests can name it. */
export function seasonIdOf(showId: ObjectId, seasonNumber: number): ObjectId {
  return new ObjectId(`65${String(seasonNumber).padStart(2, '0')}${showId.toHexString().slice(4)}`);
}

export function episode(
  showId: ObjectId,
  seasonNumber: number,
  episodeNumber: number,
  fields: Partial<EpisodeDocument<ObjectId>> = {},
): EpisodeDocument<ObjectId> {
  return {
    type: 'episode',
    showId,
    seasonId: seasonIdOf(showId, seasonNumber),
    showTitle: showId.equals(LOST) ? 'Lost' : 'The Office',
    seasonNumber,
    episodeNumber,
    title: `Episode ${episodeNumber}`,
    ...fields,
  };
}
