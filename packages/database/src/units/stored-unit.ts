import { unitKey, type Unit } from '@reelsync/core';
import { CHUNK_SIZE } from '../batching/chunks';

/** A unit that belongs to a show. */
export type ChildUnit = Extract<Unit, { readonly season: number }>;

function isChild(unit: Unit): unit is ChildUnit {
  return 'season' in unit;
}

/** Units that belong to these shows. */
export function childrenOf(titles: readonly string[]): {
  readonly kind: { readonly $in: ChildUnit['kind'][] };
  readonly title: { readonly $in: string[] };
} {
  return { kind: { $in: ['season', 'episodes'] }, title: { $in: [...titles] } };
}

/** Reads the members of a unit, and nothing else, from documents that hold them at the top. */
export const UNIT_PROJECTION = { _id: 0, kind: 1, title: 1, season: 1 } as const;

/** Titles by code point, seasons ascending: parents and children stream in the same order. */
const UNIT_ORDER = { title: 1, season: 1 } as const;

/** Reads units and nothing else, in their order. */
export const UNIT_CURSOR = { projection: UNIT_PROJECTION, sort: UNIT_ORDER, batchSize: CHUNK_SIZE };

/** The members of a unit, without what else a document holds. */
export function unitOf(fields: Unit): Unit {
  return 'season' in fields
    ? { kind: fields.kind, title: fields.title, season: fields.season }
    : { kind: fields.kind, title: fields.title };
}

/** Each unit once; equal ones must follow each other. */
export async function* distinctUnits(units: AsyncIterable<Unit>): AsyncGenerator<Unit> {
  let last: string | undefined;
  for await (const unit of units) {
    const key = unitKey(unit);
    if (key !== last) yield unit;
    last = key;
  }
}

/** Each child once, in whatever order and however often they come. */
export function distinctChildren(units: readonly Unit[]): ChildUnit[] {
  const distinct = new Map(units.map((unit) => [unitKey(unit), unit]));
  return [...distinct.values()].filter(isChild);
}
