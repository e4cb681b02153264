import { isOverwritten, type Unit } from '@reelsync/core';
import type { AppliedChange, GateRepository } from '@reelsync/database';
import { changeOfApplied } from '@reelsync/domain';

/** The files that were applied last, as in a gate. */
export type Applied = Readonly<Record<string, string>>;

/**
 * What a gate remembers of one document's files. Only the entries that change are written, because workers note theirs in
 * the same gates (0014).
 */
export interface AppliedMemory {
  load(): Promise<Applied>;
  /** In the gate when it resolves: called before a document is written that will hold something else (CD-2). */
  forget(names: readonly string[]): Promise<void>;
  /** Called after the document was written; losing it costs files that are read once more. */
  remember(change: AppliedChange): Promise<void>;
}

type Gates = Pick<GateRepository, 'load' | 'changeApplied'>;

/** Looks into the gate each time. Documents that share a gate have their names in it behind a prefix. */
export class GateMemory implements AppliedMemory {
  constructor(
    private readonly gates: Gates,
    private readonly unit: Unit,
    private readonly prefix = '',
  ) {}

  async load(): Promise<Applied> {
    const whole = (await this.gates.load(this.unit))?.applied ?? {};
    return Object.fromEntries(
      Object.entries(whole).flatMap(([name, version]) =>
        name.startsWith(this.prefix) ? [[name.slice(this.prefix.length), version]] : [],
      ),
    );
  }

  forget(names: readonly string[]): Promise<void> {
    return this.remember({ set: {}, forgotten: names });
  }

  async remember({ set, forgotten }: AppliedChange): Promise<void> {
    const named = Object.entries(set).map(([name, version]) => [`${this.prefix}${name}`, version] as const);
    await this.gates.changeApplied(this.unit, {
      set: Object.fromEntries(named),
      forgotten: forgotten.map((name) => `${this.prefix}${name}`),
    });
  }
}

/** Has looked into the gate once. */
export class KnownMemory implements AppliedMemory {
  constructor(
    protected readonly gate: AppliedMemory,
    protected known: Applied,
  ) {}

  load(): Promise<Applied> {
    return Promise.resolve(this.known);
  }

  async forget(names: readonly string[]): Promise<void> {
    await this.gate.forget(names);
    this.known = without(this.known, names);
  }

  async remember(change: AppliedChange): Promise<void> {
    await this.gate.remember(change);
    this.known = changed(this.known, change);
  }
}

/** Has looked into the gate once, and tells it what to remember when it is saved. */
export class LateMemory extends KnownMemory {
  private inGate = this.known;

  override async forget(names: readonly string[]): Promise<void> {
    await super.forget(names);
    this.inGate = without(this.inGate, names);
  }

  override remember(change: AppliedChange): Promise<void> {
    this.known = changed(this.known, change);
    return Promise.resolve();
  }

  async save(): Promise<void> {
    const change = changeOfApplied(this.inGate, this.known);
    if (change === undefined) return;
    await this.gate.remember(change);
    this.inGate = this.known;
  }
}

/**
 * What stops being true with the write of a document. A run that ends before it could say what is true instead leaves a gate
 * that says too little, so that a file is read again, and none that takes the document for what it no longer holds once the
 * file is what it was (CD-2).
 */
export function overwritten(before: Applied, after: Applied): readonly string[] {
  return Object.entries(before).flatMap(([name, mark]) => {
    const next = after[name];
    return next !== undefined && isOverwritten(mark, next) ? [name] : [];
  });
}

function changed(applied: Applied, { set, forgotten }: AppliedChange): Applied {
  return { ...without(applied, forgotten), ...set };
}

function without(applied: Applied, names: readonly string[]): Applied {
  return Object.fromEntries(Object.entries(applied).filter(([name]) => !names.includes(name)));
}
