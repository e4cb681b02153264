import type { Filter } from 'mongodb';
import { WITH_VIDEO } from './field-queries';
import type { CatalogueFields } from './stored-document';

/**
 * Picture quality as the servers report it (contract §3.4). `mediaQuality.format` is not a codec but a list of labels
 * joined with `, `: `HDR10`, `Dolby Vision, HDR10`, `10-bit SDR (BT.709)`, … (RP-4).
 */
export interface QualityQuery {
  /** One of the labels of `mediaQuality.format`, SDR labels included. */
  readonly format?: string;
  /** Bits per colour channel. */
  readonly bitDepth?: number;
  /** As `format`, and the film really is HDR: `10-bit SDR` is a label too. */
  readonly hdrFormat?: string;
  /** Whether `viewingExperience` promises enhanced colour or high dynamic range. */
  readonly enhancedViewing?: boolean;
}

export function withQuality(query: QualityQuery): Filter<CatalogueFields> {
  const conditions: Filter<CatalogueFields>[] = [];
  if (query.format !== undefined) conditions.push(withLabel(query.format));
  if (query.hdrFormat !== undefined) {
    conditions.push({ 'mediaQuality.isHDR': true }, withLabel(query.hdrFormat));
  }
  if (query.bitDepth !== undefined) conditions.push({ 'mediaQuality.bitDepth': query.bitDepth });
  if (query.enhancedViewing !== undefined) {
    const enhanced = ['enhancedColor', 'highDynamicRange'].map((flag) => ({
      [`mediaQuality.viewingExperience.${flag}`]: true,
    }));
    conditions.push(
      query.enhancedViewing ? { $or: enhanced } : { mediaQuality: { $type: 'object' }, $nor: enhanced },
    );
  }
  return conditions.length === 0 ? {} : { $and: conditions };
}

/**
 * Films whose file a better one could replace: there is a video, and it has fewer than 10 bits per channel, or is not
 * HDR, or nothing is known about its quality. `$not $gte` and `$ne` also hold where the value is null or absent. No codec
 * takes part: servers list one (contract §3.3), but a film's document has no field for it (sync-semantics §1.3).
 */
export const UPGRADE_CANDIDATES: Filter<CatalogueFields> = {
  ...WITH_VIDEO,
  $or: [{ 'mediaQuality.bitDepth': { $not: { $gte: 10 } } }, { 'mediaQuality.isHDR': { $ne: true } }],
};

/** The label list of each film; null is how the servers report untagged SDR. */
export const QUALITY_LABEL = {
  $cond: [
    { $eq: [{ $type: '$mediaQuality' }, 'object'] },
    { $ifNull: ['$mediaQuality.format', 'untagged SDR'] },
    'unknown',
  ],
};

function withLabel(label: string): Filter<CatalogueFields> {
  const literal = label.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return { 'mediaQuality.format': { $regex: `(^|, )${literal}($|, )` } };
}
