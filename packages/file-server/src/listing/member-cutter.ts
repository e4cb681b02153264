/** One top-level member, as bytes: the name with its quotes, and the value; undefined when it is over the limit. */
export interface ListingMember {
  readonly name: Buffer;
  readonly value: Buffer | undefined;
}

/** A member and where it stands: bytes from the start of the document. */
export interface CutMember extends ListingMember {
  /** Behind the closing quote of the name. */
  readonly nameEnd: number;
  /** Behind the comma or brace that ends the value. */
  readonly end: number;
}

/** Why the document cannot be cut any further. */
export interface CutFailure {
  readonly kind: 'invalid' | 'truncated';
  readonly problem: string;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const LESS_THAN = 0x3c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BYTE_ORDER_MARK: readonly (number | undefined)[] = [0xef, 0xbb, 0xbf];

type State =
  | 'start'
  | 'inner-start'
  | 'first-name'
  | 'next-name'
  | 'in-name'
  | 'colon'
  | 'in-value'
  | 'inner-end'
  | 'end';

const EXPECTED: Readonly<Record<Exclude<State, 'start' | 'in-name' | 'in-value'>, string>> = {
  'inner-start': 'an object of titles',
  'first-name': 'a title',
  'next-name': 'a title',
  colon: "':' after a title",
  'inner-end': "',' or '}' after the titles",
  end: 'nothing after the last brace',
};

export interface MemberCutterOptions {
  readonly maxMemberBytes: number;
  /** Cuts the object that this member holds, and passes over the others. */
  readonly inside?: string;
  /** Whether to stop behind this name, so that somebody else may read on (see `pausedName`). */
  readonly pauseBehind?: (name: Buffer) => boolean;
}

/**
 * Cuts a JSON object, given as a stream of chunks, at its top-level members. Looks at nothing but quotes, escapes and
 * brackets; whether a value is valid JSON is for whoever parses it. All of these are ASCII, and no byte of a longer UTF-8
 * sequence is, so chunks may end anywhere. At most one member is buffered, up to `maxMemberBytes`.
 */
export class MemberCutter {
  private state: State = 'start';
  /** Of brackets inside the value that is being read. */
  private depth = 0;
  private inString = false;
  /** Bytes at the start of the next chunk that an escape at the end of this one covers. */
  private escaped = 0;
  private parts: Buffer[] = [];
  private buffered = 0;
  private oversized = false;
  private name: Buffer = Buffer.alloc(0);
  private nameEnd = 0;
  private read = 0;
  private pausedBehind: Buffer | undefined;
  private cutFailure: CutFailure | undefined;
  private isInside: boolean;
  private wasInside = false;
  private readonly maxMemberBytes: number;
  private readonly innerName: Buffer | undefined;
  private readonly pauseBehind: (name: Buffer) => boolean;

  constructor({ maxMemberBytes, inside, pauseBehind = () => false }: MemberCutterOptions) {
    this.maxMemberBytes = maxMemberBytes;
    this.innerName = inside === undefined ? undefined : Buffer.from(JSON.stringify(inside));
    this.isInside = inside === undefined;
    this.pauseBehind = pauseBehind;
  }

  /** Set once the document turns out not to be an object of members; members given out before are good. */
  get failure(): CutFailure | undefined {
    return this.cutFailure;
  }

  /** How many bytes have been read; of a chunk at whose name it paused, less than all. */
  get position(): number {
    return this.read;
  }

  /** Set when the last chunk ended at such a name. The next one must begin right behind it. */
  get pausedName(): Buffer | undefined {
    return this.pausedBehind;
  }

  /** Reads on from a pause as if the bytes between had been cut: a value or more, and `terminator` behind the last. */
  passOver(bytes: number, terminator: number): void {
    this.resume();
    this.read += bytes;
    this.endMember(terminator);
  }

  /** The members that this chunk completes. */
  push(chunk: Buffer): CutMember[] {
    const members: CutMember[] = [];
    let at = 0;
    this.resume();
    while (at < chunk.length && this.cutFailure === undefined && this.pausedBehind === undefined) {
      if (this.state === 'in-value') at = this.readValue(chunk, at, members);
      else if (this.state === 'in-name') at = this.readName(chunk, at);
      else at = this.readBetween(chunk, at);
    }
    this.read += this.pausedBehind === undefined ? chunk.length : at;
    return members;
  }

  /** To be called after the last chunk; completes no member. */
  finish(): CutMember[] {
    if (this.cutFailure !== undefined) return [];
    if (this.state === 'end') {
      if (this.innerName !== undefined && !this.wasInside)
        this.fail(`it has no ${this.innerName.toString()}`);
      return [];
    }
    this.cutFailure =
      this.state === 'start'
        ? { kind: 'invalid', problem: 'it is empty' }
        : { kind: 'truncated', problem: `it ends in the middle, after ${this.read} bytes` };
    return [];
  }

  private resume(): void {
    this.pausedBehind = undefined;
  }

  private readBetween(chunk: Buffer, at: number): number {
    const byte = chunk[at];
    if (isWhitespace(byte)) return at + 1;
    switch (this.state) {
      case 'start':
        if (byte === OPEN_BRACE) this.state = 'first-name';
        else if (!BYTE_ORDER_MARK.includes(byte)) this.fail(`it is ${describeStart(byte)}`);
        return at + 1;
      case 'inner-start':
        if (byte === OPEN_BRACE) this.enter();
        else this.failAt(at, EXPECTED['inner-start']);
        return at + 1;
      case 'first-name':
      case 'next-name':
        return this.readNameStart(byte, at);
      case 'inner-end':
        if (byte === COMMA) this.state = 'next-name';
        else if (byte === CLOSE_BRACE) this.state = 'end';
        else this.failAt(at, EXPECTED['inner-end']);
        return at + 1;
      case 'colon':
        if (byte === COLON) this.enterValue();
        else this.failAt(at, EXPECTED.colon);
        return at + 1;
      case 'end':
        this.failAt(at, EXPECTED.end);
        return at;
      case 'in-name':
      case 'in-value':
        return at;
    }
  }

  private readNameStart(byte: number | undefined, at: number): number {
    if (byte === QUOTE) {
      this.state = 'in-name';
      // The opening quote is part of the name; reading starts on it, outside the string.
      this.inString = false;
      return at;
    }
    if (byte === CLOSE_BRACE && this.state === 'first-name') this.endObject();
    else this.failAt(at, EXPECTED['next-name']);
    return at + 1;
  }

  private enterValue(): void {
    const isInner = !this.isInside && this.innerName?.equals(this.name) === true;
    this.state = isInner ? 'inner-start' : 'in-value';
    this.depth = 0;
    this.inString = false;
  }

  private enter(): void {
    this.state = 'first-name';
    this.isInside = true;
    this.wasInside = true;
  }

  private endObject(): void {
    const isInner = this.innerName !== undefined && this.isInside;
    this.state = isInner ? 'inner-end' : 'end';
    if (isInner) this.isInside = false;
  }

  private readName(chunk: Buffer, from: number): number {
    let at = from;
    if (!this.inString && this.buffered === 0) {
      this.inString = true;
      at += 1;
    }
    at = this.skipString(chunk, at);
    this.buffer(chunk, from, Math.min(at, chunk.length));
    if (this.oversized) {
      this.failAt(from, `a title of less than ${this.maxMemberBytes} bytes`);
    } else if (!this.inString) {
      this.name = this.takeBuffered();
      this.nameEnd = this.read + at;
      this.state = 'colon';
      if (this.isInside && this.pauseBehind(this.name)) this.pausedBehind = this.name;
    }
    return at;
  }

  private readValue(chunk: Buffer, from: number, members: CutMember[]): number {
    const end = chunk.length;
    let depth = this.depth;
    let at = this.inString ? this.skipString(chunk, from) : from;
    while (at < end) {
      switch (chunk[at]) {
        case QUOTE:
          this.inString = true;
          at = this.skipString(chunk, at + 1);
          continue;
        case OPEN_BRACE:
        case OPEN_BRACKET:
          depth += 1;
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          if (depth === 0) return this.endValue(chunk, from, at, members);
          depth -= 1;
          break;
        case COMMA:
          if (depth === 0) return this.endValue(chunk, from, at, members);
          break;
        case undefined:
        default:
      }
      at += 1;
    }
    this.depth = depth;
    this.buffer(chunk, from, end);
    return at;
  }

  /** `at` is on the comma or bracket that ends the value. */
  private endValue(chunk: Buffer, from: number, at: number, members: CutMember[]): number {
    const terminator = chunk[at];
    if (terminator === CLOSE_BRACKET) {
      this.failAt(at, "no ']' without its '['");
      return at;
    }
    this.buffer(chunk, from, at);
    const value = this.oversized ? undefined : this.takeBuffered();
    this.oversized = false;
    const { name, nameEnd } = this;
    if (this.isInside) members.push({ name, value, nameEnd, end: this.read + at + 1 });
    this.endMember(terminator);
    return at + 1;
  }

  private endMember(terminator: number | undefined): void {
    if (terminator === COMMA) this.state = 'next-name';
    else this.endObject();
  }

  /** Returns the index after the closing quote, or the chunk's length or more when the string goes on. */
  private skipString(chunk: Buffer, from: number): number {
    const end = chunk.length;
    let at = from + this.escaped;
    this.escaped = 0;
    while (at < end) {
      const byte = chunk[at];
      if (byte === QUOTE) {
        this.inString = false;
        return at + 1;
      }
      at += byte === BACKSLASH ? 2 : 1;
    }
    this.escaped = at - end;
    return at;
  }

  private buffer(chunk: Buffer, from: number, to: number): void {
    if (this.oversized || to <= from) return;
    this.buffered += to - from;
    if (this.buffered > this.maxMemberBytes) {
      this.oversized = true;
      this.takeBuffered();
    } else {
      this.parts.push(chunk.subarray(from, to));
    }
  }

  private takeBuffered(): Buffer {
    const [first] = this.parts;
    const whole = this.parts.length === 1 && first !== undefined ? first : Buffer.concat(this.parts);
    this.parts = [];
    this.buffered = 0;
    return whole;
  }

  private failAt(at: number, expected: string): void {
    this.fail(`at byte ${this.read + at} it should have ${expected}`);
  }

  private fail(problem: string): void {
    this.cutFailure = { kind: 'invalid', problem };
  }
}

function isWhitespace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function describeStart(byte: number | undefined): string {
  if (byte === undefined) return 'empty';
  if (byte === LESS_THAN) return 'an HTML or XML page';
  if (byte === OPEN_BRACKET) return 'an array';
  return /["\-0-9tfn]/.test(String.fromCharCode(byte)) ? 'a single value' : 'something else than JSON';
}
