import { createHash, timingSafeEqual } from 'node:crypto';

/** Equal lengths for `timingSafeEqual`, whatever is sent. */
export function secretDigest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares in a time that says nothing about the secret. */
export function isSecret(candidate: string, digest: Buffer): boolean {
  return timingSafeEqual(secretDigest(candidate), digest);
}
