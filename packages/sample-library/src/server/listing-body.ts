import type { TitleSource } from '../library/title-store';
import type { CachedBody } from './cached-body';
import { cachedBody, weakEtag } from './cached-body';
import type { Snapshot } from './segmented-document';
import { SegmentedDocument } from './segmented-document';

const JSON_TYPE = 'application/json; charset=utf-8';
const CLOSE = Buffer.from('"version":1.0001}');

/** The body of `GET /media/movies` or `/media/tv`, made once per state of the library. */
export class ListingBody {
  private readonly document: SegmentedDocument;
  private latest: { readonly snapshot: Snapshot; readonly body: CachedBody } | null = null;

  constructor(source: TitleSource, render: (title: string) => string | null) {
    // `version` is a number in the same namespace: a folder of that name is shadowed (contract §3.1).
    this.document = new SegmentedDocument(source, (title) => (title === 'version' ? null : render(title)));
  }

  close(): void {
    this.document.close();
  }

  async body(): Promise<CachedBody> {
    const snapshot = await this.document.snapshot();
    if (this.latest?.snapshot !== snapshot) {
      this.latest = { snapshot, body: listingBody(snapshot) };
    }
    return this.latest.body;
  }
}

function listingBody({ members, digest }: Snapshot): CachedBody {
  const separator = Buffer.from(members.length > 0 ? ',' : '');
  const chunks = [Buffer.from('{'), ...members, separator, CLOSE];
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return cachedBody(chunks, JSON_TYPE, weakEtag(length, digest));
}
