import { serialize } from 'bson';
import {
  decodeDocument,
  getField,
  setField,
  MAX_MESSAGE_DEPTH,
  type BsonDocument,
  type BsonValue,
} from '../bson/value';

export const MAX_MESSAGE_BYTES = 48_000_000;
const HEADER_BYTES = 16;

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

const CHECKSUM_PRESENT = 1 << 0;
const MORE_TO_COME = 1 << 1;
/** A receiver must refuse unknown flags in the lower 16 bits. */
const REQUIRED_FLAGS = 0xffff;

/** The bytes are not a message of the protocol; the connection cannot go on. */
export class ProtocolError extends Error {}

export interface MessageHeader {
  readonly requestId: number;
  /** Answers to OP_QUERY are OP_REPLY. */
  readonly legacy: boolean;
  /** False for unacknowledged writes (moreToCome). */
  readonly wantsReply: boolean;
}

export function readMessageLength(bytes: Buffer): number {
  const length = bytes.readInt32LE(0);
  if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES)
    throw new ProtocolError(`message length ${length}`);
  return length;
}

export function parseHeader(message: Buffer): MessageHeader {
  const opCode = message.readInt32LE(12);
  if (opCode !== OP_MSG && opCode !== OP_QUERY) throw new ProtocolError(`operation code ${opCode}`);
  if (message.length < HEADER_BYTES + 4) throw new ProtocolError('message is too short');
  const legacy = opCode === OP_QUERY;
  const wantsReply = legacy || (message.readInt32LE(HEADER_BYTES) & MORE_TO_COME) === 0;
  return { requestId: message.readInt32LE(4), legacy, wantsReply };
}

/** The command, with the document sequences of the message as arrays in it. */
export function parseCommand(message: Buffer, header: MessageHeader): BsonDocument {
  const body = new BodyReader(message, HEADER_BYTES);
  return header.legacy ? parseQuery(body) : parseMessage(body);
}

/** Only the first message of a driver is an OP_QUERY: a handshake on `database.$cmd`. */
function parseQuery(body: BodyReader): BsonDocument {
  body.readInt32();
  const namespace = body.readCString();
  if (!namespace.endsWith('.$cmd')) throw new ProtocolError('OP_QUERY is only supported for commands');
  body.readInt32();
  body.readInt32();
  const command = body.readDocument();
  if (getField(command, '$db') === undefined) setField(command, '$db', namespace.slice(0, -'.$cmd'.length));
  return command;
}

function parseMessage(body: BodyReader): BsonDocument {
  const flags = body.readInt32();
  const unknown = flags & REQUIRED_FLAGS & ~MORE_TO_COME;
  // No driver sends a CRC-32C of a local connection; without checking it, accepting it would be a lie.
  if (unknown !== 0)
    throw new ProtocolError(flags & CHECKSUM_PRESENT ? 'checksums are not supported' : `flags ${flags}`);
  let command: BsonDocument | null = null;
  const sequences: [string, BsonValue][] = [];
  while (!body.isAtEnd) {
    const kind = body.readByte();
    if (kind === 0) {
      if (command !== null) throw new ProtocolError('two body sections');
      command = body.readDocument();
    } else if (kind === 1) {
      sequences.push(body.readSequence());
    } else {
      throw new ProtocolError(`section kind ${kind}`);
    }
  }
  if (command === null) throw new ProtocolError('no body section');
  for (const [name, documents] of sequences) {
    if (getField(command, name) !== undefined) throw new ProtocolError(`${name} is given twice`);
    setField(command, name, documents);
  }
  return command;
}

class BodyReader {
  constructor(
    private readonly bytes: Buffer,
    private offset: number,
    private readonly end = bytes.length,
  ) {}

  get isAtEnd(): boolean {
    return this.offset >= this.end;
  }

  readByte(): number {
    return this.take(1).readUInt8(0);
  }

  readInt32(): number {
    return this.take(4).readInt32LE(0);
  }

  readCString(): string {
    const zero = this.bytes.indexOf(0, this.offset);
    if (zero < 0 || zero >= this.end) throw new ProtocolError('string without end');
    const text = this.bytes.toString('utf8', this.offset, zero);
    this.offset = zero + 1;
    return text;
  }

  readDocument(): BsonDocument {
    const length = this.take(4).readInt32LE(0);
    this.offset -= 4;
    if (length < 5) throw new ProtocolError(`document length ${length}`);
    return decodeDocument(this.take(length), MAX_MESSAGE_DEPTH);
  }

  readSequence(): [string, BsonDocument[]] {
    const start = this.offset;
    const length = this.readInt32();
    const end = start + length;
    if (length < 5 || end > this.end) throw new ProtocolError(`section length ${length}`);
    const section = new BodyReader(this.bytes, this.offset, end);
    const name = section.readCString();
    const documents: BsonDocument[] = [];
    while (!section.isAtEnd) documents.push(section.readDocument());
    this.offset = end;
    return [name, documents];
  }

  private take(length: number): Buffer {
    if (this.offset + length > this.end) throw new ProtocolError('message is too short');
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }
}

export type Reply = Record<string, unknown>;

export function encodeReply(header: MessageHeader, replyId: number, reply: Reply): Buffer {
  const body = serialize(reply);
  const prefix = Buffer.alloc(header.legacy ? HEADER_BYTES + 20 : HEADER_BYTES + 5);
  prefix.writeInt32LE(prefix.length + body.length, 0);
  prefix.writeInt32LE(replyId, 4);
  prefix.writeInt32LE(header.requestId, 8);
  prefix.writeInt32LE(header.legacy ? OP_REPLY : OP_MSG, 12);
  // OP_REPLY: flags, cursor id, starting position, number of documents. OP_MSG: flags and section kind are zero.
  if (header.legacy) prefix.writeInt32LE(1, HEADER_BYTES + 16);
  return Buffer.concat([prefix, body]);
}
