import {
  planWrite,
  readLocks,
  ReelsyncError,
  resolve,
  toReelsyncError,
  type FetchOutcome,
  type FieldGroup,
  type FieldValues,
  type PlannedFetch,
  type Resolution,
  type ResolveInput,
  type UnitWarning,
  type WritePlan,
} from '@reelsync/core';
import type { WriteStamp } from '@reelsync/database';
import { changeOfApplied, type SyncStrategy } from '@reelsync/domain';
import { overwritten, type Applied } from './applied-memory';
import { applyPlan } from './apply-plan';
import type { DocumentPlace, StepTools } from './document-place';
import { mayWrite, resolveOwnKeys } from './flat-ownership';
import type { FlatOutcome } from './flat-result';

/** Rows that are written together: one field group, or a picture with the hints on how to cut it. */
interface Step<R> {
  readonly groups: readonly FieldGroup<R>[];
  readonly strategy: SyncStrategy<R>;
}

const COMPANIONS: ReadonlyMap<string, string> = new Map([
  ['backdropFocal', 'backdrop'],
  ['backdropFocalSuggested', 'backdrop'],
]);

/** Describes a title as a whole, so it goes last (B-1). Nothing relies on it (CD-9): it is written beside failures, too. */
const LAST_GROUP = 'syncHash';

/** Takes one document through the field groups, one after the other, with one write per group that differs. */
export class DocumentSteps<R, D extends FieldValues> {
  /** The document as far as this pass knows it. */
  current: FieldValues | null;
  /** As last read, with what this pass has written since. */
  private document: D | null;
  private readonly existed: boolean;
  private readonly changes = new Set<string>();
  private readonly errors: ReelsyncError[] = [];
  private readonly warnings: UnitWarning[] = [];
  private isCreated = false;
  private isBrokenOff = false;

  constructor(
    private readonly place: DocumentPlace<R, D>,
    private readonly tools: StepTools,
  ) {
    this.document = place.stored;
    this.current = place.stored;
    this.existed = place.stored !== null;
  }

  /** As it is stored, as far as this pass has read or written it; null also when it was created and not read since. */
  get stored(): D | null {
    return this.document;
  }

  /** Creates the document with what makes it readable, if it is not there and this server lists it. */
  async create(): Promise<void> {
    await this.guarded(async () => {
      this.judgeBeforehand();
      if (this.current !== null || !this.place.isListed) return;
      const { set } = this.structure(null);
      const { outcome, changedFields } = await this.place.write(set, null, stampOf(this.tools));
      this.isCreated = outcome === 'created';
      if (outcome !== 'unchanged') for (const field of changedFields) this.changes.add(field);
      // One that is read before each write is known well enough to plan with.
      if (this.place.isAlwaysReread) this.current = set;
      else this.current = this.document = await this.place.reread();
    });
  }

  /** All groups in order. Never throws for what is wrong with this one document. */
  async run(): Promise<FlatOutcome> {
    await this.guarded(async () => {
      await this.applyStructure();
      for (const step of this.steps()) await this.applyStep(step);
      // Metadata may have taken the title away.
      await this.applyStructure();
    });
    return this.outcome();
  }

  /**
   * Work on this document, unless earlier work on it broke off: a broken title must not cost the others anything. A
   * database that is gone, or Ctrl-C, concerns them all.
   */
  async guarded(work: () => Promise<void>): Promise<void> {
    if (this.isBrokenOff) return;
    const failure = await this.failureOf(work);
    if (failure === undefined) return;
    this.isBrokenOff = true;
    this.errors.push(failure);
  }

  /** Work beside the groups, whatever became of them; with what they have failed already it fails only once. */
  async beside(work: () => Promise<void>): Promise<void> {
    const failure = await this.failureOf(work);
    if (failure === undefined || this.errors.some(({ message }) => message === failure.message)) return;
    this.errors.push(failure);
  }

  outcome(): FlatOutcome {
    const { subject } = this.place;
    const displayTitle = this.current?.['title'];
    const wasWritten = this.changes.size > 0;
    return {
      detail: {
        ...subject,
        serverId: this.tools.pass.server.id,
        outcome: this.isCreated ? 'created' : wasWritten ? 'updated' : 'unchanged',
        ...(typeof displayTitle === 'string' ? { displayTitle } : {}),
        changes: [...this.changes],
        warnings: this.warnings,
      },
      errors: this.errors,
    };
  }

  private async failureOf(work: () => Promise<void>): Promise<ReelsyncError | undefined> {
    try {
      this.tools.signal.throwIfAborted();
      await work();
      return undefined;
    } catch (error) {
      this.tools.signal.throwIfAborted();
      const failure = toReelsyncError(error);
      if (failure.code === 'DATABASE_UNAVAILABLE') throw failure;
      return failure;
    }
  }

  private steps(): readonly Step<R>[] {
    const steps = this.place.strategies.flatMap((strategy) =>
      strategy.groups
        .filter(({ name }) => !COMPANIONS.has(name))
        .map((group): Step<R> => {
          const companions = strategy.groups.filter(({ name }) => COMPANIONS.get(name) === group.name);
          return { groups: [group, ...companions], strategy };
        }),
    );
    const isLast = ({ groups }: Step<R>): boolean => groups.some(({ name }) => name === LAST_GROUP);
    return [...steps.filter((step) => !isLast(step)), ...steps.filter(isLast)];
  }

  /** A document that may not be written as it will be is not written at all, as in the queue engine (§3.5). */
  private judgeBeforehand(): void {
    const table = this.steps()
      .flatMap(({ groups }) => groups)
      .filter((group) => group.kind !== 'keyed' && this.mayWrite(group));
    const { set } = resolve(this.input(table, this.current));
    const structure = this.place.isListed || this.current !== null ? this.structure(this.current).set : {};
    this.warnings.push(...this.judge({ ...this.current, ...structure, ...set }));
  }

  private judge(document: FieldValues): readonly UnitWarning[] {
    const reports = this.place.strategies.flatMap((strategy) => strategy.validate?.(document) ?? []);
    const errors = reports.flatMap((report) => report.errors);
    if (errors.length === 0) return reports.flatMap((report) => report.warnings);
    throw new ReelsyncError(
      'DOCUMENT_INVALID',
      `'${this.place.label}' was not written: ${errors.join('; ')}`,
      {
        context: { title: this.place.subject.title },
      },
    );
  }

  /** Heals what makes the document readable. */
  private async applyStructure(): Promise<void> {
    if (this.current === null) return;
    if (this.differs(this.structure(this.current))) await this.write((current) => this.structure(current));
  }

  private async applyStep(step: Step<R>): Promise<void> {
    const groups = step.groups.filter((group) => this.mayWrite(group));
    const [group] = groups;
    if (this.current === null || group === undefined) return;
    if (group.name === LAST_GROUP && !this.mayStamp(group)) return;
    const applied = group.kind === 'fetched' ? await this.place.memory.load() : {};
    let outcomes: ReadonlyMap<string, FetchOutcome> = new Map();
    const decide = (current: FieldValues | null, authoritative?: boolean): Resolution =>
      this.resolveGroups(groups, current, { applied, outcomes, authoritative });
    let resolution = decide(this.current);
    if (resolution.fetches.length > 0) {
      outcomes = await this.readFiles(step, resolution.fetches);
      resolution = decide(this.current);
    }
    this.errors.push(...resolution.failures);
    this.warnOfRemoval(resolution, () => decide(this.current, true));
    if (this.differs(resolution))
      resolution = await this.write((current) => decide(current), { applied, fields: group.fields });
    if (group.kind === 'fetched') await this.remember(group.name, applied, resolution);
  }

  private async readFiles(
    { strategy }: Step<R>,
    fetches: readonly PlannedFetch[],
  ): Promise<ReadonlyMap<string, FetchOutcome>> {
    const { signal } = this.tools;
    const outcomes = new Map<string, FetchOutcome>();
    for (const planned of fetches) {
      signal.throwIfAborted();
      if (strategy.fetch === undefined) throw new TypeError(`no strategy reads '${planned.key}'`);
      const outcome = await strategy.fetch(planned, { title: this.place.label, signal });
      outcomes.set(planned.key, outcome);
      if (planned.content === 'blurhash') this.countPreview(outcome);
    }
    return outcomes;
  }

  /** The content hash of a show alone is no reason to write it (B-1, see `resolveShow`). */
  private mayStamp(group: FieldGroup<R>): boolean {
    if (this.changes.size > 0 || this.current === null) return true;
    const { changedFields } = this.plan(this.current, this.resolveGroups([group], this.current, {}));
    return changedFields.some((field) => field !== 'contentHash');
  }

  private resolveGroups(
    groups: readonly FieldGroup<R>[],
    current: FieldValues | null,
    given: {
      readonly applied?: Applied;
      readonly outcomes?: ReadonlyMap<string, FetchOutcome>;
      readonly authoritative?: boolean | undefined;
    },
  ): Resolution {
    const { applied = {}, outcomes, authoritative = this.tools.mayRemove } = given;
    const input: ResolveInput<R> = {
      ...this.input(groups, current),
      applied,
      authoritative,
      force: groups.some((group) => this.mustRead(group, applied)),
    };
    const [first] = groups;
    return first?.kind === 'keyed' ? resolveOwnKeys(input, first, this.tools.pass) : resolve(input, outcomes);
  }

  private mustRead(group: FieldGroup<R>, applied: Applied): boolean {
    if (this.tools.force || this.place.alwaysRead.includes(group.name)) return true;
    const seen = applied[hashName(group.name)];
    return this.place.hash !== undefined && seen !== undefined && seen !== this.hashValue(this.place.hash);
  }

  /** Several servers hash one title differently, so a hash is compared with the same server's only (CD-1). */
  private hashValue(hash: string): string {
    return `${this.tools.pass.server.id} ${hash}`;
  }

  private async remember(name: string, before: Applied, { applied, failures }: Resolution): Promise<void> {
    const { hash } = this.place;
    const seen = hash === undefined || failures.length > 0 ? {} : { [hashName(name)]: this.hashValue(hash) };
    const change = changeOfApplied(before, { ...applied, ...seen });
    if (change !== undefined) await this.place.memory.remember(change);
  }

  /** A default title depends on who holds the document: it stays while not all of them are known (AV-4). */
  private structure(current: FieldValues | null): Resolution {
    const resolution = this.place.structure(this.input([], current));
    if (this.tools.pass.allAnswered || !hasTitle(current)) return resolution;
    return { ...resolution, set: withoutTitle(resolution.set) };
  }

  private input(table: readonly FieldGroup<R>[], current: FieldValues | null): ResolveInput<R> {
    const { toUrl, now } = this.tools;
    const parent = this.place.parent();
    return {
      title: this.place.subject.title,
      table,
      providers: this.place.providers,
      ...(parent === undefined ? {} : { parent }),
      current,
      locks: readLocks(current?.['lockedFields']),
      authoritative: this.tools.mayRemove,
      applied: {},
      force: false,
      toUrl,
      now: now(),
    };
  }

  private mayWrite(group: FieldGroup<R>): boolean {
    return mayWrite(group, this.place.providers, this.current, this.tools.pass);
  }

  private plan(current: FieldValues, { set, unset }: Pick<Resolution, 'set' | 'unset'>): WritePlan {
    return planWrite(current, set, unset, readLocks(current['lockedFields']));
  }

  private differs(resolution: Resolution): boolean {
    return this.current !== null && this.plan(this.current, resolution).changedFields.length > 0;
  }

  /**
   * One write. What was there before the pass is read again first and decided on anew, so that a lock set meanwhile is
   * honoured.
   */
  private async write(
    decide: (current: D) => Resolution,
    { applied = {}, fields = [] }: { readonly applied?: Applied; readonly fields?: readonly string[] } = {},
  ): Promise<Resolution> {
    const { place, tools } = this;
    const known = this.existed || place.isAlwaysReread ? await place.reread() : this.document;
    // Somebody deleted it: that is not ours to undo here, the next run creates it anew.
    if (known === null)
      throw new ReelsyncError('DATABASE_CONFLICT', `'${place.label}' was deleted meanwhile`);
    const resolution = decide(known);
    this.judge({ ...known, ...resolution.set });
    const plan = this.plan(known, resolution);
    const stale = plan.changedFields.length > 0 ? overwritten(applied, resolution.applied) : [];
    if (stale.length > 0) await place.memory.forget(stale);
    const key = this.structure(known).set;
    const entity = { ...pick(key, KEY_FIELDS), ...resolution.set };
    const { outcome } = await place.write(entity, known, { ...stampOf(tools), unset: resolution.unset });
    this.current = this.document = applyPlan(known, plan);
    if (outcome !== 'unchanged') for (const field of plan.changedFields) this.changes.add(field);
    await this.probe(fields.filter((field) => plan.changedFields.includes(field)));
    return resolution;
  }

  /** A file that is listed but not there is worth telling; it changes nothing (§5.4: absence of an answer deletes nothing). */
  private async probe(fields: readonly string[]): Promise<void> {
    for (const field of fields.filter((one) => this.place.probes.includes(one))) {
      const url = this.current?.[field];
      if (typeof url !== 'string') continue;
      this.tools.signal.throwIfAborted();
      const trouble = await this.troubleWith(url);
      if (trouble !== undefined)
        this.warnings.push({ ...trouble, message: `${this.place.label}: ${field}: ${trouble.message}` });
    }
  }

  private async troubleWith(url: string): Promise<UnitWarning | undefined> {
    try {
      if (await this.tools.isAvailable(url)) return undefined;
      return { code: 'FILE_MISSING', message: 'is listed but not there' };
    } catch (error) {
      this.tools.signal.throwIfAborted();
      const { code, message } = toReelsyncError(error);
      return { code, message };
    }
  }

  private warnOfRemoval(kept: Resolution, removing: () => Resolution): void {
    if (!this.tools.isDryRun || this.current === null) return;
    const without = new Set(this.plan(this.current, kept).changedFields);
    const removed = this.plan(this.current, removing()).changedFields.filter((field) => !without.has(field));
    if (removed.length > 0)
      this.warnings.push({ code: 'FIELD_CLEANUP_DRY_RUN', message: `would remove ${removed.join(', ')}` });
  }

  private countPreview({ status }: FetchOutcome): void {
    const { previews } = this.tools;
    switch (status) {
      case 'fresh':
      case 'revalidated':
        previews.read += 1;
        return;
      case 'missing':
        previews.missing += 1;
        return;
      case 'failed':
        previews.failed += 1;
        return;
    }
  }
}

export function stampOf({ now, runId }: Pick<StepTools, 'now' | 'runId'>): WriteStamp {
  return { now: now(), ...(runId === undefined ? {} : { runId }) };
}

/** What repositories find documents by. */
const KEY_FIELDS = ['originalTitle', 'showId', 'seasonNumber', 'episodeNumber'];

export function withoutTitle(set: FieldValues): FieldValues {
  return Object.fromEntries(
    Object.entries(set).filter(([field]) => field !== 'title' && field !== 'titleSource'),
  );
}

function hasTitle(current: FieldValues | null): boolean {
  return typeof current?.['title'] === 'string' && current['title'] !== '';
}

function pick(values: FieldValues, names: readonly string[]): FieldValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

function hashName(group: string): string {
  return `${group} hash`;
}
