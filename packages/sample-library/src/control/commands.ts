import { isJsonObject, isObject } from '../json';
import { FOCALS } from '../library/media-files';
import { MOVIE_ASSETS } from '../library/mutations';
import type { Mutation } from '../library/mutations';
import { BODY_FAULTS } from '../server/faults';
import type { FaultRule } from '../server/faults';
import { REQUEST_CLASSES } from '../server/request-class';
import type { ServerStatistics } from '../server/statistics';

/** The body of `POST /__control`. */
export type ControlCommand =
  | { readonly action: 'mutate'; readonly mutation: Mutation }
  | { readonly action: 'addFault'; readonly rule: FaultRule }
  | { readonly action: 'removeFault'; readonly id: number }
  | { readonly action: 'setLatency'; readonly latencyMs: number }
  | { readonly action: 'sendSyncWebhook'; readonly frontendUrl: string }
  | { readonly action: 'clearFaults' | 'down' | 'up' | 'resetStats' };

/** The answer to a command: a fault id or a webhook's status where there is one, else null. */
export interface ControlAnswer {
  readonly result: number | null;
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const boolean: Check = (value) => typeof value === 'boolean';
const oneOf =
  (...allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const MUTATIONS: Readonly<Record<Mutation['type'], Readonly<Record<string, Check>>>> = {
  addMovie: {},
  removeMovie: {},
  replacePoster: {},
  replaceVideo: {},
  finishAutoCaption: {},
  editMetadata: { patch: isJsonObject },
  addCaption: { label: text },
  removeCaption: { label: text },
  removeAsset: { asset: oneOf(...MOVIE_ASSETS) },
  touch: { asset: oneOf('folder', ...MOVIE_ASSETS) },
  setFocal: { focal: oneOf(null, ...FOCALS) },
  removeShow: {},
  renameShow: { name: text },
  replaceSeasonPoster: { season: text },
  addEpisode: { season: text },
  replaceThumbnail: { season: text, episode: text },
  removeEpisode: { season: text, episode: text },
};

const FAULT_RULE: Readonly<Record<keyof FaultRule, Check>> = {
  match: text,
  status: optional(number),
  retryAfterSeconds: optional(number),
  hang: optional(boolean),
  hold: optional(boolean),
  closeConnection: optional(boolean),
  body: optional(oneOf(...BODY_FAULTS)),
  latencyMs: optional(number),
  times: optional(number),
  rate: optional(number),
};

const COMMANDS: Readonly<Record<ControlCommand['action'], Readonly<Record<string, Check>>>> = {
  mutate: { mutation: isMutation },
  addFault: { rule: isFaultRule },
  removeFault: { id: number },
  setLatency: { latencyMs: number },
  sendSyncWebhook: { frontendUrl: text },
  clearFaults: {},
  down: {},
  up: {},
  resetStats: {},
};

export function isControlCommand(value: unknown): value is ControlCommand {
  return (
    isObject(value) && isMember(COMMANDS, value['action']) && hasMembers(value, COMMANDS[value['action']])
  );
}

export function isControlAnswer(value: unknown): value is ControlAnswer {
  return isObject(value) && (value['result'] === null || typeof value['result'] === 'number');
}

export function isServerStatistics(value: unknown): value is ServerStatistics {
  if (!isObject(value) || !isObject(value['classes'])) return false;
  const classes = value['classes'];
  return (
    ['maxConcurrent', 'open', 'unanswered', 'requests', 'bytes'].every((name) => number(value[name])) &&
    Array.isArray(value['held']) &&
    REQUEST_CLASSES.every((kind) => isObject(classes[kind]))
  );
}

function isMutation(value: unknown): value is Mutation {
  if (!isObject(value) || !isMember(MUTATIONS, value['type']) || typeof value['title'] !== 'string')
    return false;
  return hasMembers(value, MUTATIONS[value['type']]);
}

function isFaultRule(value: unknown): value is FaultRule {
  return isObject(value) && hasMembers(value, FAULT_RULE);
}

function hasMembers(
  value: Readonly<Record<string, unknown>>,
  checks: Readonly<Record<string, Check>>,
): boolean {
  return Object.entries(checks).every(([name, check]) => check(value[name]));
}

function isMember<Key extends string>(table: Readonly<Record<Key, unknown>>, key: unknown): key is Key {
  return typeof key === 'string' && Object.hasOwn(table, key);
}
