import { z } from 'zod';
import { reasonOf } from '../http/request-error';

/** A server's own hash of a title; copied for readers (CD-9), nothing relies on it. */
export interface TitleHash {
  readonly hash: string;
  readonly contentHash?: string;
}

type ParsedHashes =
  | { readonly ok: true; readonly hashes: ReadonlyMap<string, TitleHash> }
  | { readonly ok: false; readonly problem: string };

// Not z.record: it would drop a title called `__proto__`.
const documentSchema = z.object({ titles: z.custom<object>(isPlainObject, 'expected an object') });
const entrySchema = z.object({ hash: z.string().min(1), contentHash: z.string().min(1).nullish() });

/** Parses a bulk hash map (contract §5.1). Entries without a hash (generation failed) or of another shape are left out. */
export function parseTitleHashes(body: Buffer): ParsedHashes {
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch (error) {
    return { ok: false, problem: `is not JSON: ${reasonOf(error)}` };
  }
  const document = documentSchema.safeParse(json);
  if (!document.success) return { ok: false, problem: 'has no object of titles' };
  const hashes = new Map<string, TitleHash>();
  for (const [title, raw] of Object.entries(document.data.titles)) {
    const entry = entrySchema.safeParse(raw);
    if (!entry.success) continue;
    const { hash, contentHash } = entry.data;
    hashes.set(title, contentHash == null ? { hash } : { hash, contentHash });
  }
  return { ok: true, hashes };
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
