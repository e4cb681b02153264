import type { IncomingMessage, ServerResponse } from 'node:http';
import { createControlHandler } from '../control/control-handler';
import type { ControlHandler } from '../control/control-handler';
import type { Library } from '../library/library';
import { ApiRoutes } from './api-routes';
import { Faults } from './faults';
import { HttpListener } from './http-listener';
import { handleRequest } from './request-handler';
import type { HandlerParts } from './request-handler';
import type { ServerStatistics } from './statistics';
import { Statistics } from './statistics';

export interface SampleServerOptions {
  readonly library: Library;
  /** Secret of both directions: listings ask for it, `sendSyncWebhook` sends it. */
  readonly webhookId: string;
  /** Name of the server in its user's configuration; the library's name when left out. */
  readonly id?: string;
  /** Path prefix of the static tree; the library's when left out. */
  readonly prefix?: string;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Seed of faults that strike at a rate. */
  readonly seed?: number;
  readonly now?: () => Date;
  /** Sees what no request should cause: a failure in the sample server itself. */
  readonly onError?: (error: unknown) => void;
}

/** A running media file server over a sample library. Made by `startSampleServer`. */
export class SampleServer {
  readonly id: string;
  readonly prefix: string;
  readonly webhookId: string;
  readonly library: Library;
  readonly faults: Faults;
  /** Static surface. */
  readonly baseUrl: string;
  /** API surface. */
  readonly nodeUrl: string;
  private readonly statistics = new Statistics();
  private readonly api: ApiRoutes;
  private readonly control: ControlHandler;
  private readonly onError: (error: unknown) => void;

  constructor(
    options: SampleServerOptions,
    private readonly listener: HttpListener,
  ) {
    this.id = options.id ?? options.library.name;
    this.prefix = options.prefix ?? options.library.prefix;
    this.webhookId = options.webhookId;
    this.library = options.library;
    this.faults = new Faults(options.seed ?? 1);
    this.baseUrl = listener.url;
    this.nodeUrl = `${listener.url}/node`;
    this.api = new ApiRoutes({
      library: this.library,
      publication: { prefix: this.prefix, nodeUrl: this.nodeUrl },
      webhookId: this.webhookId,
      now: options.now ?? (() => new Date()),
    });
    this.onError =
      options.onError ?? ((error) => process.emitWarning(error instanceof Error ? error : String(error)));
    this.control = createControlHandler(this, { onOwnPort: false });
    listener.handle((request, response) => this.answer(request, response));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.control(request, response)) return;
    handleRequest(this.parts(), request, response).catch((error: unknown) => {
      this.onError(error);
      response.destroy();
    });
  }

  stats(): ServerStatistics {
    return { ...this.statistics.snapshot(), held: this.faults.held };
  }

  resetStats(): void {
    this.statistics.reset();
  }

  /** Refuses connections until `up`. Open requests are cut. */
  down(): Promise<void> {
    return this.listener.close();
  }

  /** Accepts connections again, on the same port. */
  up(): Promise<void> {
    return this.listener.open();
  }

  /** "Please sync" (contract §7.1). Returns the receiver's status. */
  async sendSyncWebhook(frontendUrl: string): Promise<number> {
    const response = await fetch(`${frontendUrl.replace(/\/+$/, '')}/api/authenticated/admin/sync`, {
      method: 'POST',
      headers: { 'X-Webhook-ID': this.webhookId, 'Content-Type': 'application/json' },
      body: '{}',
    });
    await response.arrayBuffer();
    return response.status;
  }

  private parts(): HandlerParts {
    const { library, prefix, api, faults, statistics } = this;
    return { library, prefix, api, faults, statistics };
  }

  async close(): Promise<void> {
    await this.listener.close();
    this.api.close();
  }
}

/** Starts a file server on the loopback interface and waits until it accepts connections. */
export async function startSampleServer(options: SampleServerOptions): Promise<SampleServer> {
  // URLs in listings name the port, so the port comes first.
  const listener = new HttpListener();
  await listener.open(options.port ?? 0);
  return new SampleServer(options, listener);
}
