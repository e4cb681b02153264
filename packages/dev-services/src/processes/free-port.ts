import { createServer, connect } from 'node:net';
import { once } from 'node:events';

import { DevServiceError } from '../dev-service-error';

const ATTEMPTS = 5;

/** A TCP port of 127.0.0.1 that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a port');
  return address.port;
}

/** Another process can take a free port before the service binds it, so PORT_TAKEN means: try the next one. */
export async function startOnFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      const portTaken = error instanceof DevServiceError && error.code === 'PORT_TAKEN';
      if (!portTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Programs report a lost race for a port only in their log. */
export function asPortTaken(error: unknown, port: number): unknown {
  if (!(error instanceof DevServiceError) || !/address already in use/i.test(error.message)) return error;
  return new DevServiceError('PORT_TAKEN', `Port ${port} is taken by another process`, 'Free the port.', {
    cause: error,
  });
}

/** True when something accepts connections on the port. */
export function portAnswers(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, signal });
    const finish = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
