import { isUtf8 } from 'node:buffer';
import {
  parseBlurhash,
  parseMetadata,
  type ErrorCode,
  type FetchContent,
  type MediaServer,
} from '@reelsync/core';
import type { ClientLimits } from '../http/client-limits';
import { reasonOf } from '../http/request-error';

type ParsedContent =
  | { readonly ok: true; readonly content: unknown }
  | { readonly ok: false; readonly problem: string };

/** How one kind of file is asked for and checked. Never by its content type: that depends on the operator (contract §4.1). */
export interface ContentRules {
  readonly subject: (title: string) => string;
  readonly timeoutMs: (server: MediaServer) => number;
  readonly maxBytes: (limits: ClientLimits) => number;
  readonly invalid: ErrorCode;
  readonly parse: (body: Buffer) => ParsedContent;
}

export const CONTENT_RULES: Readonly<Record<FetchContent, ContentRules>> = {
  metadata: {
    subject: (title) => `Metadata of '${title}'`,
    timeoutMs: (server) => server.timeouts.metadataMs,
    maxBytes: (limits) => limits.metadataBytes,
    invalid: 'METADATA_INVALID',
    parse: parseMetadataFile,
  },
  blurhash: {
    subject: (title) => `Preview of '${title}'`,
    timeoutMs: (server) => server.timeouts.blurhashMs,
    maxBytes: (limits) => limits.blurhashBytes,
    invalid: 'BLURHASH_INVALID',
    parse: parseBlurhashFile,
  },
};

function parseMetadataFile(body: Buffer): ParsedContent {
  if (!isUtf8(body)) return { ok: false, problem: 'is not valid UTF-8' };
  let json: unknown;
  try {
    json = JSON.parse(withoutByteOrderMark(body.toString()));
  } catch (error) {
    return { ok: false, problem: `is not JSON: ${reasonOf(error)}` };
  }
  const parsed = parseMetadata(json);
  return parsed.ok
    ? { ok: true, content: parsed.metadata }
    : { ok: false, problem: `is not usable: ${parsed.problem}` };
}

/** An error page with status 200 fails here too (ST-3, B-19). */
function parseBlurhashFile(body: Buffer): ParsedContent {
  const content = parseBlurhash(body.toString());
  return content === undefined
    ? { ok: false, problem: 'is neither a base64 image nor a BlurHash' }
    : { ok: true, content };
}

/** Editors of operators put it there; JSON.parse does not take it. */
function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
