/** Base64 of a tiny PNG despite the name (contract §4): a few hundred bytes; an error page is neither (ST-3, B-19). */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const BLURHASH_ALPHABET = /^[0-9A-Za-z#$%*+,\-.:;=?@[\]^_{|}~]{6,120}$/;
const MAX_LENGTH = 64 * 1024;

/** The trimmed text when it can be a preview (a base64 image or a classic BlurHash), else undefined. */
export function parseBlurhash(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.length < 6 || trimmed.length > MAX_LENGTH) return undefined;
  return BASE64.test(trimmed) || BLURHASH_ALPHABET.test(trimmed) ? trimmed : undefined;
}
