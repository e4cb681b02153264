import { isObject } from './json';
import type { ControlCommand } from './control/commands';
import { isControlAnswer, isServerStatistics } from './control/commands';
import type { Library } from './library/library';
import type { Mutation } from './library/mutations';
import { MutationMethods } from './library/mutations';
import type { FaultRule } from './server/faults';
import type { ServerStatistics } from './server/statistics';

export interface ControlClientOptions {
  /** `controlUrl` of the ready line, or the `baseUrl` of a server that is never taken down. */
  readonly controlUrl: string;
  readonly webhookId: string;
  /**
   * A library built with the server's options. It receives every mutation that the server accepted, so it stays equal
   * to the server's, for the oracle.
   */
  readonly mirror?: Library;
}

/** Mutations of a remote library. */
export class RemoteLibrary extends MutationMethods<Promise<void>> {
  constructor(
    private readonly send: (command: ControlCommand) => Promise<number | null>,
    private readonly mirror: Library | undefined,
  ) {
    super();
  }

  override async apply(mutation: Mutation): Promise<void> {
    await this.send({ action: 'mutate', mutation });
    this.mirror?.apply(mutation);
  }
}

/** Drives a sample server in another process with the methods of a local one. */
export class ControlClient {
  readonly library: RemoteLibrary;
  readonly faults: {
    add(rule: FaultRule): Promise<number>;
    remove(id: number): Promise<void>;
    clear(): Promise<void>;
    setLatency(latencyMs: number): Promise<void>;
  };

  constructor(private readonly options: ControlClientOptions) {
    this.library = new RemoteLibrary((command) => this.send(command), options.mirror);
    this.faults = {
      add: (rule) => this.sendForNumber({ action: 'addFault', rule }),
      remove: (id) => this.order({ action: 'removeFault', id }),
      clear: () => this.order({ action: 'clearFaults' }),
      setLatency: (latencyMs) => this.order({ action: 'setLatency', latencyMs }),
    };
  }

  down(): Promise<void> {
    return this.order({ action: 'down' });
  }

  up(): Promise<void> {
    return this.order({ action: 'up' });
  }

  async stats(): Promise<ServerStatistics> {
    const value = await this.request('/__control/stats', { method: 'GET' });
    if (!isServerStatistics(value)) throw new Error('The sample server sent no statistics');
    return value;
  }

  resetStats(): Promise<void> {
    return this.order({ action: 'resetStats' });
  }

  /** Makes the server post its webhook to a frontend. Returns the frontend's status. */
  sendSyncWebhook(frontendUrl: string): Promise<number> {
    return this.sendForNumber({ action: 'sendSyncWebhook', frontendUrl });
  }

  private async order(command: ControlCommand): Promise<void> {
    await this.send(command);
  }

  private async sendForNumber(command: ControlCommand): Promise<number> {
    const result = await this.send(command);
    if (result === null) throw new Error(`The sample server answered ${command.action} without a number`);
    return result;
  }

  private async send(command: ControlCommand): Promise<number | null> {
    const value = await this.request('/__control', { method: 'POST', body: JSON.stringify(command) });
    if (!isControlAnswer(value)) throw new Error(`The sample server did not answer ${command.action}`);
    return value.result;
  }

  private async request(
    path: string,
    init: { readonly method: string; readonly body?: string },
  ): Promise<unknown> {
    const { controlUrl, webhookId } = this.options;
    const response = await fetch(`${controlUrl}${path}`, { ...init, headers: { 'X-Webhook-ID': webhookId } });
    const value: unknown = await response.json();
    if (response.ok) return value;
    const reason = isObject(value) ? String(value['error']) : '';
    throw new Error(`The sample server refused (${response.status}): ${reason}`);
  }
}
