import type { ErrorCode, ReelsyncError } from '@reelsync/core';
import { AbortScope, type AbortParents } from '../http/abort-scope';
import { decodedBody } from '../http/body';
import type { Reply } from '../http/http-transport';
import { errorCodeOf, reasonOf } from '../http/request-error';
import { MemberCutter, type CutFailure, type ListingMember } from './member-cutter';
import { SegmentCutter, type DocumentSegment } from './segment-cutter';
import type { SegmentMark } from './segment-mark';

/** The members of a listing as sent, in the order of the document; can be read once, and holds a connection until then. */
export interface ListingMembers extends AsyncIterableIterator<ListingMember> {
  /** Stops reading and frees the connection; `for await` calls it when it is left early. */
  return(): Promise<IteratorResult<ListingMember>>;
  /** Reads it by segments instead: those that are known are passed over when they have not changed. */
  segments<K extends SegmentMark>(known: Iterable<K>): AsyncIterable<DocumentSegment<K>>;
}

interface Cutter<P> {
  push(chunk: Buffer): readonly P[];
  finish(): readonly P[];
  readonly failure: CutFailure | undefined;
}

interface MemberStreamOptions {
  readonly reply: Reply;
  readonly maxRecordBytes: number;
  /** Longest silence of the server; the time that the consumer takes does not count. */
  readonly idleMs: number;
  readonly parents: AbortParents;
  readonly fail: (code: ErrorCode, what: string, cause?: unknown) => ReelsyncError;
}

/** Reads a listing's body member by member; memory does not grow with the library. */
export class MemberStream implements ListingMembers {
  private readonly body;
  private readonly scope: AbortScope;
  private readonly members: AsyncGenerator<ListingMember, void, undefined>;
  private received = 0;

  constructor(private readonly options: MemberStreamOptions) {
    this.body = decodedBody(options.reply);
    this.scope = new AbortScope(options.parents);
    this.scope.onAbort(() => this.body.destroy());
    if (this.scope.signal.aborted) this.release();
    this.members = this.cut(new MemberCutter({ maxMemberBytes: options.maxRecordBytes }));
  }

  /** Bytes of the document so far, after decompression. */
  get bytesRead(): number {
    return this.received;
  }

  async next(): Promise<IteratorResult<ListingMember>> {
    return this.members.next();
  }

  async return(): Promise<IteratorResult<ListingMember>> {
    // A generator that was never started does not run its `finally`.
    this.release();
    return this.members.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  segments<K extends SegmentMark>(known: Iterable<K>): AsyncIterable<DocumentSegment<K>> {
    return this.cut(new SegmentCutter({ maxMemberBytes: this.options.maxRecordBytes, known }));
  }

  private async *cut<P>(cutter: Cutter<P>): AsyncGenerator<P, void, undefined> {
    try {
      for await (const chunk of this.readChunks()) {
        yield* cutter.push(chunk);
        this.throwFailure(cutter);
      }
      yield* cutter.finish();
      this.throwFailure(cutter);
    } finally {
      this.release();
    }
  }

  private async *readChunks(): AsyncGenerator<Buffer, void, undefined> {
    const { idleMs, fail } = this.options;
    const chunks = this.body[Symbol.asyncIterator]();
    for (;;) {
      const stopClock = this.scope.deadline(idleMs, () =>
        fail('SERVER_TIMEOUT', `sent nothing for ${idleMs} ms in the middle`),
      );
      const chunk = await this.nextChunk(chunks);
      stopClock();
      if (chunk === undefined) return;
      this.received += chunk.length;
      yield chunk;
    }
  }

  private async nextChunk(chunks: AsyncIterator<unknown>): Promise<Buffer | undefined> {
    try {
      const chunk = await chunks.next();
      this.scope.signal.throwIfAborted();
      return Buffer.isBuffer(chunk.value) ? chunk.value : undefined;
    } catch (error) {
      this.scope.signal.throwIfAborted();
      throw this.bodyError(error);
    }
  }

  /** A body that breaks off is a truncated listing, however the connection ended. */
  private bodyError(error: unknown): ReelsyncError {
    const code = errorCodeOf(error);
    if (code?.startsWith('Z_') === true && code !== 'Z_BUF_ERROR') {
      return this.options.fail('LISTING_INVALID', `cannot be decompressed: ${reasonOf(error)}`, error);
    }
    const what = `broke off after ${this.received} bytes: ${reasonOf(error)}`;
    return this.options.fail('LISTING_TRUNCATED', what, error);
  }

  private throwFailure({ failure }: Cutter<unknown>): void {
    if (failure === undefined) return;
    const code = failure.kind === 'truncated' ? 'LISTING_TRUNCATED' : 'LISTING_INVALID';
    throw this.options.fail(code, `is not a JSON object of titles: ${failure.problem}`);
  }

  private release(): void {
    this.body.destroy();
    this.scope.release();
  }
}
