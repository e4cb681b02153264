import { z } from 'zod';

/** Text that is missing or of another type is left out: a delivery must not be lost for a member that changed its form. */
const text = z.string().optional().catch(undefined);

const file = z.looseObject({ path: text, previousPath: text }).optional().catch(undefined);
const files = z.array(file).optional().catch(undefined);

/**
 * What is read of a delivery of Radarr or Sonarr, of every event type; all else is left alone. `deletedFiles` is a list of
 * files in one event and a boolean in another.
 */
const payloadSchema = z.looseObject({
  eventType: z.string().min(1),
  movie: z.looseObject({ folderPath: text }).optional().catch(undefined),
  series: z.looseObject({ path: text }).optional().catch(undefined),
  movieFile: file,
  episodeFile: file,
  episodeFiles: files,
  renamedMovieFiles: files,
  renamedEpisodeFiles: files,
  deleteReason: text,
  deletedFiles: z.unknown().optional(),
});

/** The part of a delivery that says what happened to which paths. */
export interface ArrPayload {
  /** As sent; at most 100 characters of it. */
  readonly eventType: string;
  /** Folder of the movie or series. */
  readonly folder?: string;
  /** Of files, where the folder is not told; and where renamed ones were before. */
  readonly files: readonly string[];
  readonly previousFiles: readonly string[];
  readonly deleteReason?: string;
  /** Of the delete event of a title: from disk too. */
  readonly fromDisk: boolean;
}

const MAX_EVENT_TYPE = 100;

/** Undefined when the body is nothing that Radarr or Sonarr sends. */
export function readArrPayload(body: unknown): ArrPayload | undefined {
  const parsed = payloadSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { eventType, movie, series, deleteReason, deletedFiles, ...rest } = parsed.data;
  const folder = movie?.folderPath ?? series?.path;
  const renamed = [...(rest.renamedMovieFiles ?? []), ...(rest.renamedEpisodeFiles ?? [])];
  const present = [rest.movieFile, rest.episodeFile, ...(rest.episodeFiles ?? []), ...renamed];
  return {
    eventType: eventType.slice(0, MAX_EVENT_TYPE),
    ...(folder === undefined ? {} : { folder }),
    files: present.flatMap((one) => one?.path ?? []),
    previousFiles: renamed.flatMap((one) => one?.previousPath ?? []),
    ...(deleteReason === undefined ? {} : { deleteReason }),
    fromDisk: deletedFiles === true,
  };
}
