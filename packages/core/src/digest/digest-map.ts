import { hash } from 'node:crypto';

const KEY_WORDS = 4;
/** Slots for the first texts; a power of two, as all sizes are. */
const FIRST_CAPACITY = 1024;
const MAX_LOAD = 0.7;

/** 128 bits and more: nothing that is not the same has the same. */
export function textDigest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

/**
 * Values of a fixed size by the digests of texts, in tables outside the heap. A Map from titles holds as many strings and
 * objects, for each of which V8 lets the heap stand larger than it is before it collects.
 */
export class DigestMap {
  private capacity = FIRST_CAPACITY;
  private keys = new Uint32Array(FIRST_CAPACITY * KEY_WORDS);
  private values: Buffer;
  private count = 0;

  /** `valueBytes`: of each value. */
  constructor(private readonly valueBytes: number) {
    this.values = Buffer.alloc(FIRST_CAPACITY * valueBytes);
  }

  get size(): number {
    return this.count;
  }

  has(digest: Buffer): boolean {
    return this.isTaken(this.slotOf(digest));
  }

  get(digest: Buffer): Buffer | undefined {
    const slot = this.slotOf(digest);
    if (!this.isTaken(slot)) return undefined;
    return this.values.subarray(slot * this.valueBytes, (slot + 1) * this.valueBytes);
  }

  /** Returns whether it is new. */
  set(digest: Buffer, value: Buffer): boolean {
    if (this.count >= this.capacity * MAX_LOAD) this.grow();
    const slot = this.slotOf(digest);
    const isNew = !this.isTaken(slot);
    if (isNew) {
      for (let word = 0; word < KEY_WORDS; word += 1)
        this.keys[slot * KEY_WORDS + word] = wordOf(digest, word);
      this.count += 1;
    }
    value.copy(this.values, slot * this.valueBytes, 0, this.valueBytes);
    return isNew;
  }

  /** Where it is, or the free slot where it would be. */
  private slotOf(digest: Buffer): number {
    let slot = wordOf(digest, 0) & (this.capacity - 1);
    while (this.isTaken(slot) && !this.isAt(slot, digest)) slot = (slot + 1) & (this.capacity - 1);
    return slot;
  }

  private isAt(slot: number, digest: Buffer): boolean {
    for (let word = 0; word < KEY_WORDS; word += 1)
      if (this.keys[slot * KEY_WORDS + word] !== wordOf(digest, word)) return false;
    return true;
  }

  private isTaken(slot: number): boolean {
    return this.keys[slot * KEY_WORDS] !== 0;
  }

  private grow(): void {
    const { capacity, keys, values, valueBytes } = this;
    this.capacity = capacity * 2;
    this.keys = new Uint32Array(this.capacity * KEY_WORDS);
    this.values = Buffer.alloc(this.capacity * valueBytes);
    for (let old = 0; old < capacity; old += 1) {
      const key = keys.subarray(old * KEY_WORDS, (old + 1) * KEY_WORDS);
      const [first = 0] = key;
      if (first === 0) continue;
      let slot = first & (this.capacity - 1);
      while (this.isTaken(slot)) slot = (slot + 1) & (this.capacity - 1);
      this.keys.set(key, slot * KEY_WORDS);
      values.copy(this.values, slot * valueBytes, old * valueBytes, (old + 1) * valueBytes);
    }
  }
}

const NOTHING = Buffer.alloc(0);

/** As DigestMap, of texts only. */
export class DigestSet {
  private readonly map = new DigestMap(0);

  /** Returns whether it is new. */
  add(digest: Buffer): boolean {
    return this.map.set(digest, NOTHING);
  }

  has(digest: Buffer): boolean {
    return this.map.has(digest);
  }
}

/** The first one is never zero: that marks a free slot. */
function wordOf(digest: Buffer, word: number): number {
  const value = digest.readUInt32LE(word * Uint32Array.BYTES_PER_ELEMENT);
  return word === 0 && value === 0 ? 1 : value;
}
