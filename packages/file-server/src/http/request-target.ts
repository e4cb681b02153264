/** Where a request goes, in the form that undici takes. */
interface RequestTarget {
  readonly origin: string;
  /** Path and query exactly as they stand in the URL: nothing is decoded or encoded again (contract §1.1). */
  readonly path: string;
  readonly authorization?: string;
}

const HTTP_URL = /^(https?:\/\/[^/?#]*)(.*)$/is;

/** Splits an absolute URL; undefined when it is none. */
export function requestTarget(url: string): RequestTarget | undefined {
  const [, authority, rest] = HTTP_URL.exec(url) ?? [];
  if (authority === undefined || rest === undefined || !URL.canParse(authority)) return undefined;
  const { origin, username, password } = new URL(authority);
  return {
    origin,
    path: rest.startsWith('/') ? rest : `/${rest}`,
    ...(username === '' && password === '' ? {} : { authorization: basicAuthorization(username, password) }),
  };
}

/** The URL without user name and password; the only form that may stand in messages and contexts. */
export function publicUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
}

function basicAuthorization(username: string, password: string): string {
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`;
}
