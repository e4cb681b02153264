import { connect } from 'node:net';

/** True when the Redis on the port accepts the password and answers PING; false also while it loads its data. */
export function redisAnswers(port: number, password: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, signal });
    let reply = '';
    const finish = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.setEncoding('latin1');
    socket.once('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (text: string) => {
      reply += text;
      if (reply.includes('-')) finish(false);
      else if (reply.endsWith('+PONG\r\n')) finish(true);
    });
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
