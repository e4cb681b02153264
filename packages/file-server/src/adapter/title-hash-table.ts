import { DigestMap, textDigest } from '@reelsync/core';

/** A server's own hash of a title; copied for readers (CD-9), nothing relies on it. */
export interface TitleHash {
  readonly hash: string;
  readonly contentHash?: string;
}

/** As every server sends them (contract §5.1). */
const SHA1 = /^[0-9a-f]{40}$/;
const SHA1_BYTES = 20;

/** Hashes of many titles, in twenty bytes each. */
export class TitleHashTable {
  private readonly hashes = new DigestMap(SHA1_BYTES);
  private readonly contentHashes = new DigestMap(SHA1_BYTES);
  /** Of another form, or of a title that came before: the last one counts, as in any JSON object. */
  private readonly others = new Map<string, TitleHash>();

  set(title: string, { hash, contentHash }: TitleHash): void {
    const digest = textDigest(title);
    const isSha1 = SHA1.test(hash) && (contentHash === undefined || SHA1.test(contentHash));
    if (!isSha1 || this.others.has(title) || this.hashes.has(digest)) {
      this.others.set(title, contentHash === undefined ? { hash } : { hash, contentHash });
      return;
    }
    this.hashes.set(digest, Buffer.from(hash, 'hex'));
    if (contentHash !== undefined) this.contentHashes.set(digest, Buffer.from(contentHash, 'hex'));
  }

  get(title: string): TitleHash | undefined {
    const other = this.others.get(title);
    if (other !== undefined) return other;
    const digest = textDigest(title);
    const hash = this.hashes.get(digest)?.toString('hex');
    if (hash === undefined) return undefined;
    const contentHash = this.contentHashes.get(digest)?.toString('hex');
    return contentHash === undefined ? { hash } : { hash, contentHash };
  }
}
