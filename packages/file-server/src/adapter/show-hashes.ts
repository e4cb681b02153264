import { z } from 'zod';

const hashesSchema = z.record(
  z.string(),
  z
    .object({ hash: z.string().min(1) })
    .nullish()
    .catch(undefined),
);
const documentSchema = z.union([
  z.object({ episodes: hashesSchema }).transform(({ episodes }) => episodes),
  z.object({ seasons: hashesSchema }).transform(({ seasons }) => seasons),
]);

/**
 * Parses the hashes of a show's seasons or of a season's episodes (contract §5.1): key -> hash. Nothing relies on them
 * (CD-6), so a document of another shape has none.
 */
export function parseShowHashes(body: Buffer): ReadonlyMap<string, string> {
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch {
    // Not JSON is another shape.
    return new Map();
  }
  const document = documentSchema.safeParse(json);
  if (!document.success) return new Map();
  return new Map(
    Object.entries(document.data).flatMap(([key, entry]) =>
      entry == null ? [] : [[key, entry.hash] as const],
    ),
  );
}
