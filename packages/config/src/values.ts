import { z } from 'zod';

/**
 * What a setting is, beside its schema. `expected` is the only text that a problem shows about a value: messages never
 * repeat what was configured, so a secret cannot end up in them.
 */
export interface SettingInfo {
  /** Completes "expected …". */
  readonly expected: string;
  readonly meaning: string;
  readonly env?: string;
  /** What the variable means, with a warning, when it holds none of what is expected; left out: that is refused. */
  readonly envOtherwise?: string;
  readonly secret?: boolean;
}

/** Ties every leaf of the schemas to its description; the reference, the problems and the masking read it. */
export const settingInfo = z.registry<SettingInfo>();

export function setting<S extends z.ZodType>(schema: S, info: SettingInfo): S {
  settingInfo.add(schema, info);
  return schema;
}

/** Numbers arrive as text from the environment and from `${NAME}` references. */
function toNumber(value: unknown): unknown {
  return typeof value === 'string' && /^[+-]?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value;
}

const TRUE_WORDS = new Set(['true', '1', 'yes', 'on']);
const FALSE_WORDS = new Set(['false', '0', 'no', 'off']);

function toBoolean(value: unknown): unknown {
  const word = toWord(value);
  if (typeof word !== 'string') return value;
  if (TRUE_WORDS.has(word)) return true;
  return FALSE_WORDS.has(word) ? false : value;
}

function toWord(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value;
}

export function integer(min: number, max: number) {
  return z.preprocess(toNumber, z.int().min(min).max(max));
}

export function fraction() {
  return z.preprocess(toNumber, z.number().min(0).max(1));
}

export function boolean() {
  return z.preprocess(toBoolean, z.boolean());
}

/** Words for a setting with few values; several words may mean the same. */
export function words<const T extends string>(meanings: Readonly<Record<T, readonly string[]>>) {
  const meaningOf = new Map<string, T>();
  for (const meaning in meanings) {
    for (const word of [meaning, ...meanings[meaning]]) meaningOf.set(word, meaning);
  }
  return z.string().transform((value, context): T => {
    const meaning = meaningOf.get(value.trim().toLowerCase());
    if (meaning !== undefined) return meaning;
    context.issues.push({ code: 'custom', input: value });
    return z.NEVER;
  });
}

/** No white space and no control characters: names of hosts, users and Redis prefixes. */
export function token() {
  return z.string().regex(/^[^\s\p{Cc}]+$/u);
}

export function secret(minLength: number) {
  return z.string().min(minLength);
}

/** Namespace rules of MongoDB, for names that work on every platform. */
export function databaseName() {
  return z.string().regex(/^[^/\\. "$*<>:|?\s]{1,63}$/);
}

/** A base address: no query, no fragment; trailing slashes are dropped so that paths can be appended. */
export function httpUrl() {
  return z
    .string()
    .transform((value) => value.trim().replace(/\/+$/, ''))
    .refine((value) => /^https?:\/\/[^\s\\?#]+$/i.test(value) && URL.canParse(value));
}

/**
 * Stricter than the clients where a lax URI cannot be split with certainty into credentials and hosts (so that only the
 * hosts are ever shown): the MongoDB specification wants `@ / ? #` percent-encoded in credentials anyway.
 * Groups: scheme, credentials, hosts, path, query.
 */
const MONGODB_URI = /^(mongodb(?:\+srv)?:\/\/)([^@/?#\s]*@)?([^@/?#\s]+)(\/[^?#\s]*)?(\?\S*)?$/i;
const REDIS_URL = /^(rediss?:\/\/)([^@/?#\s]*@)?([^@/?#\s]+)(\/\d*)?(\?\S*)?$/i;

export function mongodbUri() {
  return z.string().regex(MONGODB_URI);
}

export function redisUrl() {
  return z.string().refine((value) => REDIS_URL.test(value) && URL.canParse(value));
}

export const MASK = '***';

/** Scheme, hosts and path of a URI that one of the schemas above let pass; queries can hold passwords too. */
export function maskUri(uri: string): string {
  const parts = MONGODB_URI.exec(uri) ?? REDIS_URL.exec(uri);
  if (parts === null) return MASK;
  const [, scheme = '', credentials, hosts = '', path = '', query] = parts;
  return `${scheme}${credentials === undefined ? '' : `${MASK}@`}${hosts}${path}${query === undefined ? '' : `?${MASK}`}`;
}

const URL_CREDENTIALS = /^(https?:\/\/)[^/]*@/i;

export function hasCredentials(url: string): boolean {
  return URL_CREDENTIALS.test(url);
}

export function maskUrl(url: string): string {
  return url.replace(URL_CREDENTIALS, `$1${MASK}@`);
}

/** Header-safe (the id travels in X-Webhook-ID); a comma-separated list while an id is being replaced. */
export function webhookIdList() {
  return z.string().refine((value) => /^[\x20-\x7e]+$/.test(value) && splitWebhookIds(value).length > 0);
}

export function splitWebhookIds(value: string): string[] {
  return splitList(value);
}

function splitList(value: string): string[] {
  return value
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
}

/** `NAME:TOKEN`, one text with commas or a list. Names end at the first colon; neither part holds white space. */
export function apiTokens() {
  const list = z.array(z.string()).refine((entries) => entries.every(isApiToken));
  return z.preprocess((value) => (typeof value === 'string' ? splitList(value) : value), list);
}

function isApiToken(entry: string): boolean {
  const isWellFormed = /^[A-Za-z0-9][\w.-]{0,63}:[\x21-\x2b\x2d-\x7e]{24,500}$/.test(entry);
  return isWellFormed && (!entry.includes(':sha256:') || /:sha256:[0-9a-f]{64}$/.test(entry));
}
