/** Base64 of a tiny PNG despite the name (contract §4): a few hundred bytes; an error page is neither (ST-3, B-19). */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Shorter than any image; keeps out one-word error texts such as `Unauthorized`, which are base64 by their letters. */
const MIN_BASE64_LENGTH = 32;
const MAX_LENGTH = 64 * 1024;
/** The digits of a classic BlurHash, in order of their value. */
const BASE83 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~';

/** The trimmed text when it can be a preview (a base64 image or a classic BlurHash), else undefined. */
export function parseBlurhash(text: string): string | undefined {
  const trimmed = text.trim();
  return isBase64Image(trimmed) || isClassicBlurhash(trimmed) ? trimmed : undefined;
}

function isBase64Image(text: string): boolean {
  return (
    text.length >= MIN_BASE64_LENGTH &&
    text.length <= MAX_LENGTH &&
    text.length % 4 === 0 &&
    BASE64.test(text)
  );
}

/** The first digit of a BlurHash says how many components follow, and so how long it must be. */
function isClassicBlurhash(text: string): boolean {
  const size = BASE83.indexOf(text.charAt(0));
  const components = ((size % 9) + 1) * (Math.floor(size / 9) + 1);
  return (
    size >= 0 &&
    text.length === 4 + 2 * components &&
    Array.from(text).every((digit) => BASE83.includes(digit))
  );
}
