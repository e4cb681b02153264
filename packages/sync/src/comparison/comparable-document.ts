type Fields = Readonly<Record<string, unknown>>;

/** What may differ between two engines: ids, times, and the marks of runs. */
const OWN_BUSINESS: ReadonlySet<string> = new Set([
  '_id',
  'showId',
  'seasonId',
  'createdAt',
  'updatedAt',
  'lastSynced',
  'initialDiscoveryDate',
  'syncRunId',
]);

/** The fields of a catalogue document that every engine must write alike (B-26). */
export function comparableFields(document: object): Fields {
  const kept = Object.entries(document).filter(([field]) => !OWN_BUSINESS.has(field));
  return withoutStubTimes(Object.fromEntries(kept));
}

/** The stub that stands in for metadata that cannot be read (ST-M4) tells when it was made. */
function withoutStubTimes(document: Fields): Fields {
  const { metadata } = document;
  if (typeof metadata !== 'object' || metadata === null || !('hasExternalMetadata' in metadata))
    return document;
  const kept = Object.entries(metadata).filter(([name]) => name !== 'dateAdded' && name !== 'lastScanned');
  return { ...document, metadata: Object.fromEntries(kept) };
}
