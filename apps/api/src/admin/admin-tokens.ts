import { timingSafeEqual } from 'node:crypto';

import { secretDigest } from '../http/secret-digest';

const HASHED = /^sha256:([0-9a-f]{64})$/;

/** The tokens of the admin API. Only their hashes are kept. */
export class AdminTokens {
  private readonly known: readonly { readonly name: string; readonly digest: Buffer }[];

  /** Each is `NAME:TOKEN` or `NAME:sha256:HASH`. */
  constructor(tokens: readonly string[]) {
    this.known = tokens.map((entry) => {
      const end = entry.indexOf(':');
      const token = entry.slice(end + 1);
      const [, hash] = HASHED.exec(token) ?? [];
      return {
        name: entry.slice(0, end),
        digest: hash === undefined ? secretDigest(token) : Buffer.from(hash, 'hex'),
      };
    });
  }

  /** Name of the token. All are compared, in constant time, so that the time taken says nothing about any of them. */
  identify(token: string): string | undefined {
    const digest = secretDigest(token);
    const [match] = this.known.filter((candidate) => timingSafeEqual(candidate.digest, digest));
    return match?.name;
  }
}
