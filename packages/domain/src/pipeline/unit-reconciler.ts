import {
  describeUnit,
  ReelsyncError,
  unitKey,
  type FieldValues,
  type MediaServer,
  type Operation,
  type Resolution,
  type ToUrl,
  type Unit,
  type UnitResult,
} from '@reelsync/core';
import type { GateRepository, InventoryRepository, UpsertResult, WriteStamp } from '@reelsync/database';
import { GateKeeper, type GateKeeperOptions } from './gate-keeper';
import type { ParentDesk } from './parent-desk';
import { collectApplied, PartResolver, type Outcomes, type ResolvedPart } from './part-resolver';
import type { FoundPlace, UnitPlace, UnitShape } from './unit-shape';
import { fingerprintOf, providersOf, type UnitSituation } from './unit-situation';

/** How one unit is to be brought up to date. */
export interface UnitContext {
  readonly signal: AbortSignal;
  readonly runId?: string;
  /** Only these strategies run; the gate is then neither consulted nor advanced. */
  readonly operations?: readonly Operation[];
  /** No gate at any level, every file is read again (CD-5). */
  readonly force?: boolean;
}

/** What the services of all kinds work with. */
export interface UnitReconcilerOptions {
  readonly inventory: Pick<InventoryRepository, 'load' | 'clearPending'>;
  readonly gates: Pick<GateRepository, 'load'> & GateKeeperOptions['gates'];
  /** Enabled servers, best first. */
  readonly servers: readonly MediaServer[];
  /** Whether every enabled server has given a complete listing of this kind. */
  readonly isAuthoritative: () => Promise<boolean>;
  /** `off` and `dry-run` never clear a field because servers no longer provide it (§5.3). */
  readonly fieldCleanup: 'enforce' | 'dry-run' | 'off';
  readonly toUrl: ToUrl;
  readonly now: () => Date;
}

/** What was decided about all documents of a unit, on what is stored now. */
interface Decision<P, C, D> {
  readonly place: FoundPlace<C, D>;
  readonly resolved: readonly ResolvedPart<P, D>[];
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
    const [situation, place] = await Promise.all([this.assess(unit, context), this.shape.find(unit)]);
    if (situation.entries.length === 0) throw unknownUnit(unit);
    if (situation.providers.length === 0) return this.finishVanished(unit, situation, place);
    try {
      const found = await this.requireParents(place, context);
      if (this.isUpToDate(unit, situation, found, context)) {
        await this.gateKeeper.clearPending(situation);
        const untouched = [...found.documents.values()].map((before) => ({
          outcome: 'unchanged' as const,
          before,
        }));
        return result(unit, outcomeOf(untouched, context), found.documents.get(''));
      }
      return await this.apply(unit, situation, found, context);
    } catch (error) {
      if (context.operations === undefined) await this.gateKeeper.holdBack(unit, situation, error);
      throw error;
    }
  }

  private async assess(unit: U, context: UnitContext): Promise<UnitSituation<R>> {
    const { inventory, gates, servers, isAuthoritative } = this.options;
    const [entries, gate, authoritative] = await Promise.all([
      inventory.load<R>(unit),
      gates.load(unit),
      isAuthoritative(),
    ]);
    const force = context.force === true || gate?.forceSince !== undefined;
    return { entries, providers: providersOf(entries, servers), gate, authoritative, force };
  }

  private async requireParents(place: UnitPlace<C, D>, context: UnitContext): Promise<FoundPlace<C, D>> {
    if (place.status === 'found') return place;
    if (this.parents === undefined) throw new TypeError(`${describeUnit(place.parent)} has no children`);
    throw await this.parents.askFor(place.parent, context);
  }

  private isUpToDate(
    unit: U,
    situation: UnitSituation<R>,
    { parents, documents }: FoundPlace<C, D>,
    context: UnitContext,
  ): boolean {
    const { gate, providers } = situation;
    return (
      !situation.force &&
      context.operations === undefined &&
      gate?.failure === undefined &&
      this.shape.parts(unit, providers, parents).every(({ key }) => documents.has(key)) &&
      gate?.fingerprint === fingerprintOf(situation, documents, this.shape.inherited(unit, parents))
    );
  }

  private async apply(
    unit: U,
    situation: UnitSituation<R>,
    found: FoundPlace<C, D>,
    context: UnitContext,
  ): Promise<UnitResult> {
    const resolver = this.resolverFor(context);
    const decision = await this.decide(unit, situation, found, resolver, context);
    const { resolved } = decision;
    context.signal.throwIfAborted();
    const verdicts = resolved.map((one) => ({ one, verdict: resolver.judge(one) }));
    const valid = verdicts.filter(({ verdict }) => verdict.error === undefined).map(({ one }) => one);
    const stamp = this.stamp(context);
    const written = await this.write(valid, stamp);
    const remembered = await this.shape.afterWrite?.(unit, {
      existed: resolved.every(({ current }) => current !== null),
      applied: situation.gate?.applied ?? {},
      stamp,
    });
    const failures = verdicts.flatMap(({ one, verdict }) =>
      verdict.error === undefined ? one.resolution.failures : [verdict.error],
    );
    const refused = new Set(resolved.filter((one) => !valid.includes(one)).map(({ part }) => part.key));
    const applied = { ...collectApplied(resolved, refused, situation.gate?.applied ?? {}), ...remembered };
    await this.closeGate(unit, situation, decision.place, { applied, failures }, context);
    return {
      ...result(
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
      warnings: verdicts.flatMap(({ verdict }) => verdict.warnings),
    };
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
      const parts = this.shape.parts(unit, situation.providers, place.parents);
      const resolved = resolver.resolve(parts, place.documents, situation, outcomes);
      if (resolved.every(({ resolution }) => resolution.fetches.length === 0)) return { place, resolved };
      await resolver.fetch(resolved, outcomes, context.signal);
      place = await this.requireParents(await this.shape.find(unit), context);
    }
  }

  private async write(
    resolved: readonly ResolvedPart<P, D>[],
    stamp: WriteStamp,
  ): Promise<readonly UpsertResult[]> {
    const changes = resolved.map(({ current, resolution }) => ({
      entity: resolution.set,
      existing: current,
      unset: this.removable(resolution),
    }));
    return this.shape.write(changes, stamp);
  }

  /** Field-absence cleanup can be switched off (§5.3); what keeps a group whole cannot (AV-8). */
  private removable({ unset, absent }: Resolution): readonly string[] {
    return this.options.fieldCleanup === 'enforce' ? unset : unset.filter((field) => !absent.includes(field));
  }

  /**
   * Gate last (CD-2). A file that could not be read, or a document that could not be written, leaves the gate open and
   * fails the job after everything else has been written.
   */
  private async closeGate(
    unit: U,
    situation: UnitSituation<R>,
    { parents, documents }: FoundPlace<C, D>,
    outcome: {
      readonly applied: Readonly<Record<string, string>>;
      readonly failures: readonly ReelsyncError[];
    },
    context: UnitContext,
  ): Promise<void> {
    const { applied } = outcome;
    const failure = mostHopeful(outcome.failures);
    if (context.operations === undefined) {
      const fingerprint = fingerprintOf(situation, documents, this.shape.inherited(unit, parents));
      if (failure === undefined) await this.gateKeeper.close(unit, situation, { fingerprint, applied });
      else await this.gateKeeper.leaveOpen(unit, applied);
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
    await this.gateKeeper.close(unit, situation, {
      fingerprint: fingerprintOf(situation, documents, undefined),
      applied: situation.gate?.applied ?? {},
    });
    return result(unit, 'skipped', documents.get(''));
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

/** One job reports one error: the one that another attempt may cure, else the first. */
function mostHopeful(failures: readonly ReelsyncError[]): ReelsyncError | undefined {
  return failures.find(({ category }) => category === 'transient' || category === 'throttled') ?? failures[0];
}

interface DocumentOutcome {
  readonly outcome: UpsertResult['outcome'];
  readonly before: FieldValues | null;
}

/** Created if any document was, else updated if any was. */
function outcomeOf(documents: readonly DocumentOutcome[], context: UnitContext): UpsertResult['outcome'] {
  const outcomes = documents.map((document) => outcomeOfRun(document, context));
  if (outcomes.includes('created')) return 'created';
  return outcomes.includes('updated') ? 'updated' : 'unchanged';
}

/**
 * What a run did to the document over all attempts of the job: one that died after its write, or that failed over a
 * file, leaves nothing or only the rest to the next, which would report a title that the run created as something else.
 */
function outcomeOfRun({ outcome, before }: DocumentOutcome, { runId }: UnitContext): UpsertResult['outcome'] {
  if (before === null || runId === undefined || before['syncRunId'] !== runId) return outcome;
  const { createdAt, updatedAt } = before;
  return createdAt instanceof Date && createdAt.getTime() === Number(updatedAt) ? 'created' : 'updated';
}

function unknownUnit(unit: Unit): ReelsyncError {
  return new ReelsyncError('TITLE_UNKNOWN', `No server lists ${describeUnit(unit)} (${unitKey(unit)})`, {
    context: { title: unit.title },
  });
}

function result(unit: Unit, outcome: UnitResult['outcome'], document: FieldValues | undefined): UnitResult {
  const title = unit.kind === 'episodes' ? undefined : document?.['title'];
  return {
    unit,
    outcome,
    changedFields: [],
    warnings: [],
    ...(typeof title === 'string' ? { displayTitle: title } : {}),
  };
}
