import { createRandom } from '../random';
import { REQUEST_CLASSES } from './request-class';
import type { RequestClass } from './request-class';

/**
 * What stands in for a body. For listings: `empty` is a library without titles, `shrunken` keeps 40 % of them,
 * `broken-record` spoils the shape of one record in valid JSON, `odd-quality` gives that record a `mediaQuality` that no
 * database holds, `truncated` cuts the text in half.
 */
export type BodyFault =
  | 'html'
  | 'array'
  | 'not-json'
  | 'empty'
  | 'truncated'
  | 'broken-record'
  | 'odd-quality'
  | 'shrunken';
export const BODY_FAULTS = [
  'html',
  'array',
  'not-json',
  'empty',
  'truncated',
  'broken-record',
  'odd-quality',
  'shrunken',
] as const satisfies readonly BodyFault[];

/** One way in which requests go wrong. Exactly one effect, or only a latency. */
export interface FaultRule {
  /** A request class, or the source of a regular expression over path and query. */
  readonly match: string;
  /** Answer with this status instead; 429 carries `Retry-After`. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** Never answer. */
  readonly hang?: boolean;
  /** Answer as usual, but only when the rule is removed. */
  readonly hold?: boolean;
  /** Cut the connection without an answer. */
  readonly closeConnection?: boolean;
  readonly body?: BodyFault;
  /** Extra delay before the effect, or before the normal answer when there is no effect. */
  readonly latencyMs?: number;
  /** Strike at most this often, then forget the rule. */
  readonly times?: number;
  /** Probability of a strike, 0 to 1. */
  readonly rate?: number;
}

interface ActiveRule {
  readonly id: number;
  readonly rule: FaultRule;
  readonly matches: (kind: RequestClass, target: string) => boolean;
  strikes: number;
  /** Requests that it holds: what lets each go. */
  readonly held: Map<() => void, string>;
}

/** The faults of one server. Rules are tried in the order they were added; the first that strikes decides. */
export class Faults {
  private readonly random: () => number;
  private active: ActiveRule[] = [];
  private nextId = 1;
  private delayMs = 0;

  constructor(seed: number) {
    this.random = createRandom(seed);
  }

  /** Delay of every answer, in milliseconds. */
  get latencyMs(): number {
    return this.delayMs;
  }

  setLatency(value: number): void {
    if (!Number.isFinite(value) || value < 0) throw new RangeError(`latency must be 0 or more, not ${value}`);
    this.delayMs = value;
  }

  /** Adds a rule and returns its id. */
  add(rule: FaultRule): number {
    assertRule(rule);
    const id = this.nextId;
    this.nextId += 1;
    this.active.push({ id, rule, matches: matcherOf(rule.match), strikes: 0, held: new Map() });
    return id;
  }

  remove(id: number): void {
    const removed = this.active.filter((entry) => entry.id === id);
    this.active = this.active.filter((entry) => entry.id !== id);
    letGo(removed);
  }

  /** Forgets all rules and the latency. */
  clear(): void {
    const removed = this.active;
    this.active = [];
    this.delayMs = 0;
    letGo(removed);
  }

  /** Path and query of the requests that are held at the moment. */
  get held(): readonly string[] {
    return this.active.flatMap(({ held }) => [...held.values()]);
  }

  /** Resolves when the rule that struck is removed, or the client leaves. */
  async untilLetGo(rule: FaultRule, target: string, left: AbortSignal): Promise<void> {
    const entry = this.active.find((candidate) => candidate.rule === rule);
    if (entry === undefined || left.aborted) return;
    await new Promise<void>((resolve) => {
      entry.held.set(resolve, target);
      left.addEventListener('abort', () => {
        entry.held.delete(resolve);
        resolve();
      });
    });
  }

  list(): { readonly id: number; readonly rule: FaultRule; readonly strikes: number }[] {
    return this.active.map(({ id, rule, strikes }) => ({ id, rule, strikes }));
  }

  /** The rule that strikes this request, if any. */
  strike(kind: RequestClass, target: string): FaultRule | undefined {
    const hit = this.active.find(
      (entry) =>
        entry.matches(kind, target) && (entry.rule.rate === undefined || this.random() < entry.rule.rate),
    );
    if (!hit) return undefined;
    hit.strikes += 1;
    if (hit.rule.times !== undefined && hit.strikes >= hit.rule.times) this.remove(hit.id);
    return hit.rule;
  }
}

function letGo(rules: readonly ActiveRule[]): void {
  for (const { held } of rules) for (const resolve of held.keys()) resolve();
}

function matcherOf(match: string): (kind: RequestClass, target: string) => boolean {
  if (REQUEST_CLASSES.some((known) => known === match)) return (kind) => kind === match;
  const pattern = new RegExp(match);
  return (_kind, target) => pattern.test(target);
}

function assertRule(rule: FaultRule): void {
  const effects = [
    rule.status !== undefined,
    rule.hang === true,
    rule.hold === true,
    rule.closeConnection === true,
    rule.body !== undefined,
  ];
  const count = effects.filter(Boolean).length;
  if (count > 1 || (count === 0 && rule.latencyMs === undefined)) {
    throw new Error('A fault rule needs one of: status, hang, hold, closeConnection, body, latencyMs');
  }
  // It would let go of what it holds with its last strike.
  if (rule.hold === true && rule.times !== undefined)
    throw new Error('A fault rule that holds requests strikes until it is removed');
  if (
    rule.status !== undefined &&
    (!Number.isInteger(rule.status) || rule.status < 400 || rule.status > 599)
  ) {
    throw new RangeError(`A fault status must be 400 to 599, not ${rule.status}`);
  }
  if (rule.rate !== undefined && !(rule.rate >= 0 && rule.rate <= 1)) {
    throw new RangeError(`A fault rate must be 0 to 1, not ${rule.rate}`);
  }
  if (rule.times !== undefined && (!Number.isInteger(rule.times) || rule.times < 1)) {
    throw new RangeError(`A fault must strike at least once, not ${rule.times} times`);
  }
}
