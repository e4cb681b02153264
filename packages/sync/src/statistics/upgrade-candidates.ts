import type { DatabaseAdapter, StoredMovie } from '@reelsync/database';

export interface UpgradeQuery {
  /** Default 100. */
  readonly limit?: number;
}

/** A film whose file a better one could replace (RP-4). Its document holds no codec, so none is a reason. */
export interface UpgradeCandidate {
  /** Folder name. */
  readonly title: string;
  readonly displayTitle: string;
  /** Width and height in pixels. */
  readonly dimensions?: string;
  /** Labels of the picture's dynamic range. */
  readonly format?: string;
  /** Per colour channel. */
  readonly bitDepth?: number;
  readonly isHDR: boolean;
  readonly reasons: readonly ('quality-unknown' | 'less-than-10-bit' | 'not-hdr')[];
}

const DEFAULT_LIMIT = 100;

export async function findUpgradeCandidates(
  { movies }: Pick<DatabaseAdapter, 'movies'>,
  { limit = DEFAULT_LIMIT }: UpgradeQuery,
): Promise<UpgradeCandidate[]> {
  const candidates: UpgradeCandidate[] = [];
  for await (const movie of movies.findUpgradeCandidates({ limit })) candidates.push(candidateOf(movie));
  return candidates;
}

function candidateOf({ originalTitle, title, dimensions, mediaQuality }: StoredMovie): UpgradeCandidate {
  const format = mediaQuality?.['format'];
  const bitDepth = mediaQuality?.['bitDepth'];
  const isHDR = mediaQuality?.['isHDR'] === true;
  const isDeep = typeof bitDepth === 'number' && bitDepth >= 10;
  return {
    title: originalTitle,
    displayTitle: title,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(typeof format === 'string' ? { format } : {}),
    ...(typeof bitDepth === 'number' ? { bitDepth } : {}),
    isHDR,
    reasons:
      mediaQuality === undefined
        ? ['quality-unknown']
        : [...(isDeep ? [] : (['less-than-10-bit'] as const)), ...(isHDR ? [] : (['not-hdr'] as const))],
  };
}
