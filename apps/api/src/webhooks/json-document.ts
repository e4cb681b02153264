import { ReelsyncError } from '@reelsync/core';

/** Several times what any sender needs; far below what exhausts a stack. */
const MAX_DEPTH = 32;

/** Members that reach a prototype when an object is copied member by member. */
const PROTOTYPE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Parses the body of a webhook, and refuses what is only sent to break something. Undefined for no body at all. */
export function parseJsonDocument(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (depthOf(bytes) > MAX_DEPTH)
    throw new ReelsyncError('WEBHOOK_BODY_UNSAFE', 'The body is nested too deeply');
  const document = parse(bytes);
  if (hasUnsafeKey(document))
    throw new ReelsyncError(
      'WEBHOOK_BODY_UNSAFE',
      'The body has a key that is an operator or names a prototype',
    );
  return document;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ReelsyncError('WEBHOOK_BODY_INVALID', 'The body is not valid JSON in UTF-8', { cause: error });
  }
}

/** Before anything is built of it: brackets outside of texts. In UTF-8 none of these bytes is part of another character. */
function depthOf(bytes: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (inText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (OPENING.has(byte)) deepest = Math.max(deepest, (depth += 1));
    else if (CLOSING.has(byte)) depth -= 1;
  }
  return deepest;
}

function hasUnsafeKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasUnsafeKey);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, member]) => key.startsWith('$') || PROTOTYPE_KEYS.has(key) || hasUnsafeKey(member),
  );
}
