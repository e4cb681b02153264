import {
  CATALOGUE_SCHEMA_VERSION,
  describeUnit,
  isNarrowed,
  lacksFiles,
  type FieldValues,
  type MediaServer,
  type ReelsyncError,
  type ToUrl,
  type Unit,
  type UnitResult,
} from '@reelsync/core';
import type {
  GateRepository,
  InventoryRepository,
  InventoryRevision,
  UpsertResult,
  WriteStamp,
} from '@reelsync/database';
import { appliedOfAny, collectApplied, overwrittenBy } from './applied-files';
import { awaitsAnswers, dryRunWarning, mayRemove, type FieldCleanup } from './field-cleanup';
import { GateKeeper, type GateKeeperOptions } from './gate-keeper';
import type { ParentDesk } from './parent-desk';
import { PartResolver, type Outcomes } from './part-resolver';
import type { UnitContext } from './unit-context';
import { isWriteNeeded } from './planned-write';
import {
  followedBy,
  mostHopeful,
  outcomeOf,
  unitResult,
  unknownUnit,
  unlistedEpisodes,
} from './unit-outcome';
import type { FoundPlace, ResolvedPart, UnitPart, UnitPlace, UnitShape, UnitWrite } from './unit-shape';
import { removedFields } from './removed-fields';
import {
  fingerprintOf,
  forcedOperations,
  isForced,
  isSettled,
  providersOf,
  type UnitSituation,
} from './unit-situation';

/** What the services of all kinds work with. */
export interface UnitReconcilerOptions {
  readonly inventory: Pick<InventoryRepository, 'load' | 'loadRevisions' | 'clearPending'>;
  readonly gates: Pick<GateRepository, 'load'> & GateKeeperOptions['gates'];
  /** Enabled servers, best first. */
  readonly servers: readonly MediaServer[];
  /** Whether every enabled server has given a complete listing of this kind. */
  readonly isAuthoritative: () => Promise<boolean>;
  readonly fieldCleanup: FieldCleanup;
  readonly toUrl: ToUrl;
  readonly now: () => Date;
  /** Default: CATALOGUE_SCHEMA_VERSION. */
  readonly schemaVersion?: number;
}

/** What was decided about all documents of a unit, on what is stored now. */
interface Decision<P, C, D> {
  readonly place: FoundPlace<C, D>;
  readonly resolved: readonly ResolvedPart<P, D>[];
  /** Fields that only stay because they may not be removed (now). */
  readonly withheld: readonly string[];
}

/** Superseded: the inventory moved while the documents were written, so that the gate was not closed over them. */
interface Attempt {
  readonly isSuperseded: boolean;
  readonly result: UnitResult;
}

/**
 * Brings a unit of the catalogue to what the inventory of all servers says (design decisions 1 and 3). Level-triggered:
 * it may run twice, late or beside itself with the same result. The gate is written last, after everything it covers.
 */
export class UnitReconciler<U extends Unit, R, P, C, D extends FieldValues> {
  private readonly gateKeeper: GateKeeper;

  constructor(
    private readonly options: UnitReconcilerOptions,
    private readonly shape: UnitShape<U, R, P, C, D>,
    private readonly parents?: ParentDesk,
  ) {
    this.gateKeeper = new GateKeeper(options);
  }

  async reconcile(unit: U, context: UnitContext): Promise<UnitResult> {
    let attempt = await this.attempt(unit, context);
    let { result } = attempt;
    while (attempt.isSuperseded) {
      context.signal.throwIfAborted();
      // What was written may contradict what the gate says is applied, so the gate does not count.
      attempt = await this.attempt(unit, { ...context, force: true });
      result = followedBy(result, attempt.result);
    }
    return result;
  }

  /**
   * Whether the catalogue reflects the unit although its inventory moved; the gate is then closed over the new state. Reads
   * files only if nothing else differs, and writes no document: what needs more than a look is left to a job.
   */
  async confirm(unit: U, signal: AbortSignal): Promise<boolean> {
    const context: UnitContext = { signal };
    const [situation, place] = await Promise.all([this.assess(unit, context), this.shape.find(unit)]);
    if (place.status !== 'found' || !isSettled(situation)) return false;
    if (this.isUpToDate(unit, situation, place, context)) {
      await this.gateKeeper.clearPending(situation);
      return true;
    }
    const resolver = this.resolverFor(context);
    const parts = this.partsOf(unit, situation, place, context);
    const asFarAsListed = resolver.resolve(
      parts,
      place.documents,
      { ...situation, authoritative: mayRemove(this.options.fieldCleanup, situation) },
      new Map(),
    );
    if (isWriteNeeded(asFarAsListed)) return false;
    const decision = await this.decide(unit, situation, place, resolver, context);
    const isFaultless = decision.resolved.every(
      (one) => one.resolution.failures.length === 0 && resolver.judge(one).error === undefined,
    );
    if (
      !isFaultless ||
      isWriteNeeded(decision.resolved) ||
      awaitsAnswers(this.options.fieldCleanup, situation, decision.withheld)
    )
      return false;
    if (await this.hasMovedOn(unit, situation)) return false;
    const untouched = { refused: [], mayHaveChildren: true };
    const applied = await this.rememberAll(unit, situation, decision, untouched, this.stamp(context));
    await this.closeGate(unit, situation, decision, { applied, failures: [] }, context);
    return true;
  }

  private async attempt(unit: U, context: UnitContext): Promise<Attempt> {
    const [situation, place] = await Promise.all([this.assess(unit, context), this.shape.find(unit)]);
    if (situation.entries.length === 0) throw unknownUnit(unit);
    if (situation.providers.length === 0)
      return { isSuperseded: false, result: await this.finishVanished(unit, situation, place) };
    try {
      const found = await this.requireParents(place, context);
      if (this.isUpToDate(unit, situation, found, context)) {
        await this.gateKeeper.clearPending(situation);
        const untouched = [...found.documents.values()].map((before) => ({
          outcome: 'unchanged' as const,
          before,
        }));
        const outcome = outcomeOf(untouched, context);
        return { isSuperseded: false, result: unitResult(unit, outcome, found.documents.get('')) };
      }
      return await this.apply(unit, situation, found, context);
    } catch (error) {
      if (!isNarrowed(context)) await this.gateKeeper.holdBack(unit, situation, error);
      throw error;
    }
  }

  private async assess(unit: U, context: UnitContext): Promise<UnitSituation<R>> {
    const {
      inventory,
      gates,
      servers,
      isAuthoritative,
      schemaVersion = CATALOGUE_SCHEMA_VERSION,
    } = this.options;
    const [entries, gate, authoritative] = await Promise.all([
      inventory.load<R>(unit),
      gates.load(unit),
      isAuthoritative(),
    ]);
    const providers = providersOf(entries, servers);
    const force = isForced(gate, context);
    return { entries, providers, gate, authoritative, force, schema: schemaVersion };
  }

  private async requireParents(place: UnitPlace<C, D>, context: UnitContext): Promise<FoundPlace<C, D>> {
    if (place.status === 'found') return place;
    if (this.parents === undefined) throw new TypeError(`${describeUnit(place.parent)} has no children`);
    throw await this.parents.askFor(place.parent, context);
  }

  /** The documents that servers hold something for and that are wanted. */
  private partsOf(
    unit: U,
    { providers }: UnitSituation<R>,
    { parents }: FoundPlace<C, D>,
    { episodes }: UnitContext,
  ): readonly UnitPart<P>[] {
    const parts = this.shape.parts(unit, providers, parents);
    return episodes === undefined ? parts : parts.filter(({ key }) => episodes.includes(Number(key)));
  }

  private isUpToDate(
    unit: U,
    situation: UnitSituation<R>,
    { parents, documents }: FoundPlace<C, D>,
    context: UnitContext,
  ): boolean {
    const { gate, providers } = situation;
    const parts = this.shape.parts(unit, providers, parents);
    return (
      !situation.force &&
      !isNarrowed(context) &&
      gate?.failure === undefined &&
      !lacksFiles(appliedOfAny(parts, gate?.applied ?? {})) &&
      parts.every(({ key }) => documents.has(key)) &&
      gate?.fingerprint === fingerprintOf(situation, documents, this.shape.inherited(unit, parents))
    );
  }

  private async apply(
    unit: U,
    situation: UnitSituation<R>,
    found: FoundPlace<C, D>,
    context: UnitContext,
  ): Promise<Attempt> {
    const resolver = this.resolverFor(context);
    const decision = await this.decide(unit, situation, found, resolver, context);
    const { resolved, withheld } = decision;
    if (resolved.length === 0 && context.episodes !== undefined) throw unknownUnit(unit, context.episodes);
    context.signal.throwIfAborted();
    const verdicts = resolved.map((one) => ({ one, verdict: resolver.judge(one) }));
    const valid = verdicts.filter(({ verdict }) => verdict.error === undefined).map(({ one }) => one);
    const stamp = this.stamp(context);
    const known = await this.forgetOverwritten(unit, situation, valid);
    const written = await this.write(valid, stamp);
    const result: UnitResult = {
      ...unitResult(
        unit,
        outcomeOf(
          written.map(({ outcome }, index) => ({ outcome, before: valid[index]?.current ?? null })),
          context,
        ),
        { ...resolved[0]?.current, ...resolved[0]?.resolution.set },
      ),
      changedFields: written.flatMap(({ changedFields }, index) =>
        changedFields.map((field) => `${valid[index]?.part.fieldPrefix ?? ''}${field}`),
      ),
      warnings: [
        ...verdicts.flatMap(({ verdict }) => verdict.warnings),
        ...dryRunWarning(this.options.fieldCleanup, situation, withheld),
        ...unlistedEpisodes(resolved, context),
      ],
    };
    const isChanged = written.some(({ outcome }) => outcome !== 'unchanged');
    if (isChanged && (await this.hasMovedOn(unit, situation))) return { isSuperseded: true, result };
    const refused = resolved.filter((one) => !valid.includes(one));
    // Also one that somebody else created meanwhile, who may have died before the children were told.
    const mayHaveChildren = written.every(
      ({ outcome, isReturned }) => outcome !== 'created' || isReturned === true,
    );
    const applied = await this.rememberAll(unit, known, decision, { refused, mayHaveChildren }, stamp);
    const failures = verdicts.flatMap(({ one, verdict }) =>
      verdict.error === undefined ? one.resolution.failures : [verdict.error],
    );
    await this.closeGate(unit, known, decision, { applied, failures }, context);
    return { isSuperseded: false, result };
  }

  /** Answers with the situation in which the gate no longer speaks of what these writes put an end to. */
  private async forgetOverwritten(
    unit: U,
    situation: UnitSituation<R>,
    resolved: readonly ResolvedPart<P, D>[],
  ): Promise<UnitSituation<R>> {
    const { gate } = situation;
    if (gate === null) return situation;
    const besides = (await this.shape.beforeWrite?.(unit, resolved, gate)) ?? [];
    const names = [...overwrittenBy(resolved, gate.applied), ...besides];
    await this.gateKeeper.forget(unit, names);
    const rest = Object.entries(gate.applied).filter(([name]) => !names.includes(name));
    return { ...situation, gate: { ...gate, applied: Object.fromEntries(rest) } };
  }

  /** What follows from a write, and all that the gate is to remember as applied. */
  private async rememberAll(
    unit: U,
    { gate }: UnitSituation<R>,
    { place, resolved }: Decision<P, C, D>,
    {
      refused,
      mayHaveChildren,
    }: Pick<UnitWrite, 'mayHaveChildren'> & {
      readonly refused: readonly ResolvedPart<P, D>[];
    },
    stamp: WriteStamp,
  ): Promise<Readonly<Record<string, string>>> {
    const before = gate?.applied ?? {};
    const write = { mayHaveChildren, applied: before, stamp };
    const remembered = await this.shape.afterWrite?.(unit, write, place);
    const unwritten = new Set(refused.map(({ part }) => part.key));
    return { ...collectApplied(resolved, unwritten, before), ...remembered };
  }

  /**
   * The inventory may have changed while files were read, and a job for the newer state may have written it already: what
   * was just written is then a step back, so everything is decided anew.
   */
  private async hasMovedOn(unit: U, { entries }: UnitSituation<R>): Promise<boolean> {
    const now = await this.options.inventory.loadRevisions(unit);
    const revisions = (list: readonly InventoryRevision[]): string =>
      list.map(({ id, revision }) => `${id} ${revision}`).join('\n');
    return revisions(now) !== revisions(entries);
  }

  /**
   * Reading files takes a while: afterwards the decision is made anew on what is stored now, so that a lock set meanwhile is
   * honoured. A lock taken away meanwhile may ask for further files; each file is read at most once.
   */
  private async decide(
    unit: U,
    situation: UnitSituation<R>,
    found: FoundPlace<C, D>,
    resolver: PartResolver<P>,
    context: UnitContext,
  ): Promise<Decision<P, C, D>> {
    const outcomes: Outcomes = new Map();
    let place = found;
    for (;;) {
      const parts = this.partsOf(unit, situation, place, context);
      const resolve = (authoritative: boolean) =>
        resolver.resolve(parts, place.documents, { ...situation, authoritative }, outcomes);
      const resolved = resolve(mayRemove(this.options.fieldCleanup, situation));
      if (resolved.every(({ resolution }) => resolution.fetches.length === 0)) {
        const withheld = mayRemove(this.options.fieldCleanup, situation)
          ? []
          : removedFields(resolved, resolve(true));
        return { place, resolved, withheld };
      }
      await resolver.fetch(resolved, outcomes, context);
      place = await this.requireParents(await this.shape.find(unit, place.parents), context);
    }
  }

  private async write(
    resolved: readonly ResolvedPart<P, D>[],
    stamp: WriteStamp,
  ): Promise<readonly UpsertResult[]> {
    const changes = resolved.map(({ current, resolution }) => ({
      entity: resolution.set,
      existing: current,
      unset: resolution.unset,
    }));
    return this.shape.write(changes, stamp);
  }

  /**
   * Gate last (CD-2). A file that could not be read, or a document that could not be written, leaves the gate open and
   * fails the job after everything else has been written. While a server has not answered, a unit that would lose something
   * keeps its pending mark and is looked at again; switched-off clean-up is a decision, so the gate closes over what is kept.
   */
  private async closeGate(
    unit: U,
    situation: UnitSituation<R>,
    { place: { parents, documents }, withheld }: Decision<P, C, D>,
    outcome: {
      readonly applied: Readonly<Record<string, string>>;
      readonly failures: readonly ReelsyncError[];
    },
    context: UnitContext,
  ): Promise<void> {
    const { applied } = outcome;
    const failure = mostHopeful(outcome.failures);
    if (isNarrowed(context)) {
      const answered = failure === undefined ? forcedOperations(situation.gate, context) : {};
      await this.gateKeeper.noteRead(unit, situation, { applied, answered });
    } else {
      const fingerprint = fingerprintOf(situation, documents, this.shape.inherited(unit, parents));
      if (failure !== undefined || awaitsAnswers(this.options.fieldCleanup, situation, withheld))
        await this.gateKeeper.leaveOpen(unit, applied);
      else await this.gateKeeper.close(unit, situation, { fingerprint, applied });
    }
    if (failure !== undefined) throw failure;
  }

  /** No server lists the unit any more. Its documents stay: deleting is the clean-up's decision (CL-1, CL-2). */
  private async finishVanished(
    unit: U,
    situation: UnitSituation<R>,
    place: UnitPlace<C, D>,
  ): Promise<UnitResult> {
    const documents = place.status === 'found' ? place.documents : new Map<string, D>();
    const { gate, force } = situation;
    const fingerprint = fingerprintOf(situation, documents, undefined);
    if (force || gate?.failure !== undefined || gate?.fingerprint !== fingerprint)
      await this.gateKeeper.close(unit, situation, { fingerprint, applied: gate?.applied ?? {} });
    else await this.gateKeeper.clearPending(situation);
    return unitResult(unit, 'skipped', documents.get(''));
  }

  private resolverFor({ operations }: UnitContext): PartResolver<P> {
    const { toUrl, now } = this.options;
    const active = this.shape.strategies.filter(
      ({ operation }) => operations === undefined || operations.includes(operation),
    );
    return new PartResolver(active, toUrl, now);
  }

  private stamp({ runId }: UnitContext): WriteStamp {
    return { now: this.options.now(), ...(runId === undefined ? {} : { runId }) };
  }
}
