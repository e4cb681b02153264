import { LRUCache } from 'lru-cache';

/** Where a request goes, in the form that undici takes. */
interface RequestTarget {
  readonly origin: string;
  /** Path and query exactly as they stand in the URL: nothing is decoded or encoded again (contract §1.1). */
  readonly path: string;
  readonly authorization?: string;
}

const HTTP_URL = /^(https?:\/\/[^/?#]*)(.*)$/is;

/** Of the servers of an installation, with and without internal addresses: few. */
const MAX_AUTHORITIES = 100;

/** Splits URLs. Scheme and authority are the same for most of them, so they are parsed once. */
export class RequestTargets {
  private readonly authorities = new LRUCache<string, Omit<RequestTarget, 'path'>>({ max: MAX_AUTHORITIES });

  /** Undefined when it is no absolute http(s) URL. */
  of(url: string): RequestTarget | undefined {
    const [, authority, rest] = HTTP_URL.exec(url) ?? [];
    if (authority === undefined || rest === undefined) return undefined;
    const parsed = this.authorities.get(authority) ?? parseAuthority(authority);
    if (parsed === undefined) return undefined;
    this.authorities.set(authority, parsed);
    return { ...parsed, path: rest.startsWith('/') ? rest : `/${rest}` };
  }
}

function parseAuthority(authority: string): Omit<RequestTarget, 'path'> | undefined {
  if (!URL.canParse(authority)) return undefined;
  const { origin, username, password } = new URL(authority);
  if (username === '' && password === '') return { origin };
  return { origin, authorization: basicAuthorization(username, password) };
}

/** The URL without user name and password; the only form that may stand in messages and contexts. */
export function publicUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
}

function basicAuthorization(username: string, password: string): string {
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`;
}
