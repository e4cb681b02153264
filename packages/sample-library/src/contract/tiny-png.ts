import { crc32, deflateSync } from 'node:zlib';
import { hash32 } from '../random';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const WIDTH = 2;
const HEIGHT = 3;

/** A valid 2×3 RGB picture whose colours follow from `seed`. */
export function tinyPng(seed: string): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  // 8 bits per channel, true colour; compression, filter and interlace methods stay 0.
  header.set([8, 2], 8);
  // Each row starts with its filter type, 0.
  const rows = Buffer.alloc(HEIGHT * (1 + WIDTH * 3));
  for (let row = 0; row < HEIGHT; row += 1) {
    const start = row * (1 + WIDTH * 3);
    rows.writeUInt32BE(hash32(`${seed}#${row}`), start + 1);
    rows.writeUInt16BE(hash32(`${seed}+${row}`) & 0xffff, start + 5);
  }
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
