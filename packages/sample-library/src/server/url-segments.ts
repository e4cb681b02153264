/** The hash endpoints decode a title twice: one with a bare `%` after the first time fails (contract §5.5). */
export function decodedTwice(segment: string): string | null {
  const once = decodeSegment(segment);
  return once === null ? null : decodeSegment(once);
}

/** Null for malformed percent-encoding. */
export function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
