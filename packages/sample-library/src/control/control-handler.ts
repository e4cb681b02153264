import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Library } from '../library/library';
import type { Faults } from '../server/faults';
import type { ServerStatistics } from '../server/statistics';
import type { ControlAnswer, ControlCommand } from './commands';
import { isControlCommand } from './commands';

/** What can be done to a server from outside. */
export interface ControlledServer {
  readonly webhookId: string;
  readonly library: Library;
  readonly faults: Faults;
  stats(): ServerStatistics;
  resetStats(): void;
  down(): Promise<void>;
  up(): Promise<void>;
  sendSyncWebhook(frontendUrl: string): Promise<number>;
}

/** Answers requests below `/__control`; true when it took the request. */
export type ControlHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Control over HTTP, guarded by the webhook id. On a port of its own (`onOwnPort`) it survives `down`; on the file
 * server's port `down` is answered first, since it cuts the very connection.
 */
export function createControlHandler(
  server: ControlledServer,
  options: { readonly onOwnPort: boolean },
): ControlHandler {
  return (request, response) => {
    const path = request.url ?? '/';
    if (path !== '/__control' && !path.startsWith('/__control/')) return false;
    answer(server, options.onOwnPort, request, response).catch((error: unknown) => {
      // Whoever sent the command is the one to know: an unknown title, a malformed rule, an unreachable frontend.
      send(response, 400, { error: error instanceof Error ? error.message : String(error) });
    });
    return true;
  };
}

async function answer(
  server: ControlledServer,
  onOwnPort: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.headers['x-webhook-id'] !== server.webhookId) {
    send(response, 401, { error: 'Wrong webhook id' });
  } else if (request.method === 'GET' && request.url === '/__control/stats') {
    send(response, 200, server.stats());
  } else if (request.method === 'POST' && request.url === '/__control') {
    const command: unknown = await json(request);
    if (!isControlCommand(command)) throw new Error('Not a control command');
    if (command.action === 'down' && !onOwnPort) {
      response.once('finish', () => void server.down());
      send(response, 200, { result: null } satisfies ControlAnswer);
      return;
    }
    send(response, 200, { result: await execute(server, command) } satisfies ControlAnswer);
  } else {
    send(response, 404, { error: 'Not a control endpoint' });
  }
}

async function execute(server: ControlledServer, command: ControlCommand): Promise<number | null> {
  switch (command.action) {
    case 'mutate':
      server.library.apply(command.mutation);
      return null;
    case 'addFault':
      return server.faults.add(command.rule);
    case 'removeFault':
      server.faults.remove(command.id);
      return null;
    case 'setLatency':
      server.faults.setLatency(command.latencyMs);
      return null;
    case 'clearFaults':
      server.faults.clear();
      return null;
    case 'resetStats':
      server.resetStats();
      return null;
    case 'down':
      await server.down();
      return null;
    case 'up':
      await server.up();
      return null;
    case 'sendSyncWebhook':
      return server.sendSyncWebhook(command.frontendUrl);
  }
}

function send(response: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
