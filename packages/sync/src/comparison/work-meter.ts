import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { z } from 'zod';

/** What a process asked of others. */
export interface Work {
  readonly httpRequests: number;
  /** Of answers, as they came over the network: before decompression. */
  readonly bytes: number;
  readonly databaseCommands: number;
}

const chunkSchema = z.object({ chunk: z.instanceof(Uint8Array) });

/** Counts all that this process sends through undici, and the database commands that it is told of. */
export class WorkMeter {
  private httpRequests = 0;
  private bytes = 0;
  private databaseCommands = 0;

  private readonly onRequest = (): void => {
    this.httpRequests += 1;
  };

  private readonly onChunk = (message: unknown): void => {
    this.bytes += chunkSchema.parse(message).chunk.byteLength;
  };

  /** For `connectDatabase`. */
  readonly onCommand = (): void => {
    this.databaseCommands += 1;
  };

  /** Counts from 0. */
  start(): void {
    this.httpRequests = 0;
    this.bytes = 0;
    this.databaseCommands = 0;
    subscribe('undici:request:create', this.onRequest);
    subscribe('undici:request:bodyChunkReceived', this.onChunk);
  }

  stop(): Work {
    unsubscribe('undici:request:create', this.onRequest);
    unsubscribe('undici:request:bodyChunkReceived', this.onChunk);
    const { httpRequests, bytes, databaseCommands } = this;
    return { httpRequests, bytes, databaseCommands };
  }
}
