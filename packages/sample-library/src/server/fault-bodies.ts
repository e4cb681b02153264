import { createHash } from 'node:crypto';
import { isObject } from '../json';
import type { CachedBody } from './cached-body';
import { cachedBody, weakEtag } from './cached-body';
import type { BodyFault } from './faults';

const HTML =
  '<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>\n';
const SHRUNKEN_SHARE = 0.4;

/** The body that a fault puts in place of `actual`. Validators follow the content, as a real server's would. */
export function faultBody(fault: BodyFault, actual: CachedBody, isListing: boolean): CachedBody {
  switch (fault) {
    case 'html':
      return textBody(HTML, 'text/html');
    case 'array':
      return textBody('[]', actual.contentType);
    case 'not-json':
      return textBody('{"title": "cut off in the mid', actual.contentType);
    case 'empty':
      return textBody(isListing ? '{"version":1.0001}' : '', actual.contentType);
    case 'truncated': {
      const text = Buffer.concat(actual.chunks);
      return bufferBody(text.subarray(0, Math.floor(text.length / 2)), actual.contentType);
    }
    case 'shrunken': {
      const titles = titlesOf(actual);
      return listing(titles.slice(0, Math.floor(titles.length * SHRUNKEN_SHARE)), actual.contentType);
    }
    case 'broken-record':
      return withVictim(actual, () => ({ _id: 7, fileNames: 'none', urls: 'none', seasons: [] }));
    case 'odd-quality':
      return withVictim(actual, (record) => ({ ...record, mediaQuality: { 'a\0b': 1 } }));
  }
}

/** One record in the middle of a listing becomes another. */
function withVictim(actual: CachedBody, spoil: (record: object) => object): CachedBody {
  const titles = titlesOf(actual);
  const victim = Math.floor(titles.length / 2);
  const spoilt = titles.map(([title, value], index): [string, unknown] =>
    index === victim ? [title, spoil(isObject(value) ? value : {})] : [title, value],
  );
  return listing(spoilt, actual.contentType);
}

function titlesOf(actual: CachedBody): [string, unknown][] {
  const parsed: unknown = JSON.parse(Buffer.concat(actual.chunks).toString());
  if (!isObject(parsed)) throw new Error('This fault body is for listings only');
  return Object.entries(parsed).filter(([title]) => title !== 'version');
}

function listing(titles: readonly (readonly [string, unknown])[], contentType: string): CachedBody {
  const members = titles.map(([title, value]) => `${JSON.stringify(title)}:${JSON.stringify(value)}`);
  return textBody(`{${[...members, '"version":1.0001'].join(',')}}`, contentType);
}

const textBody = (text: string, contentType: string): CachedBody =>
  bufferBody(Buffer.from(text), contentType);

function bufferBody(body: Buffer, contentType: string): CachedBody {
  const digest = createHash('sha1').update(body).digest('base64');
  return cachedBody([body], contentType, weakEtag(body.length, digest));
}
