import type { Socket } from 'node:net';
import type { BsonDocument } from '../bson/value';
import { CommandError, errorCode } from '../errors';
import type { Log } from '../storage/catalog';
import {
  encodeReply,
  parseCommand,
  parseHeader,
  ProtocolError,
  readMessageLength,
  type MessageHeader,
  type Reply,
} from './message';

/** Answers a command; null closes the connection without an answer. */
export type Answer = (command: BsonDocument, connectionId: number) => Reply | null | Promise<Reply | null>;

/** Serves one client until it leaves or breaks the protocol. Never throws: a bad client concerns nobody else. */
export async function serveConnection(
  socket: Socket,
  connectionId: number,
  answer: Answer,
  log: Log,
): Promise<void> {
  socket.setNoDelay(true);
  socket.on('error', (error) => log('info', 'connection failed', { connectionId, error: error.message }));
  let replyId = 1;
  try {
    for await (const message of readMessages(socket)) {
      const header = parseHeader(message);
      const reply = await answerMessage(message, header, connectionId, answer);
      if (reply === null) break;
      if (header.wantsReply) await send(socket, encodeReply(header, replyId++, reply));
    }
  } catch (error) {
    if (error instanceof ProtocolError)
      log('warn', 'connection closed: not a valid message', { connectionId, reason: error.message });
    else if (!isDisconnect(error)) log('warn', 'connection closed', { connectionId, error: String(error) });
  } finally {
    socket.destroy();
  }
}

async function answerMessage(
  message: Buffer,
  header: MessageHeader,
  connectionId: number,
  answer: Answer,
): Promise<Reply | null> {
  let command: BsonDocument;
  try {
    command = parseCommand(message, header);
  } catch (error) {
    if (error instanceof CommandError) return errorReply(error);
    throw error;
  }
  return answer(command, connectionId);
}

export function errorReply(error: CommandError): Reply {
  return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.details };
}

async function* readMessages(socket: Socket): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let available = 0;
  let needed = 4;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    available += chunk.length;
    while (available >= needed) {
      const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      const length = readMessageLength(bytes);
      needed = length;
      chunks = [bytes];
      if (available < length) break;
      yield bytes.subarray(0, length);
      chunks = [bytes.subarray(length)];
      available -= length;
      needed = 4;
    }
  }
}

/** Waits while the client does not read, so that answers do not pile up in memory. */
async function send(socket: Socket, bytes: Buffer): Promise<void> {
  if (socket.destroyed) return;
  await new Promise<void>((resolve) => {
    const isFlushed = socket.write(bytes, () => resolve());
    if (isFlushed) resolve();
  });
}

function isDisconnect(error: unknown): boolean {
  const code = errorCode(error);
  return (
    code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR'
  );
}
