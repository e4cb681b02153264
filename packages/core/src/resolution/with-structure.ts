import { lockState } from '../catalogue/locks';
import { valueAroundLocks } from '../catalogue/plan-write';
import type { FieldValues } from '../fields/field-group';
import type { Resolution, ResolveInput } from './resolution';

/** What makes a document readable at all (ST-M2). */
export interface Structure {
  /** Type, keys and references: right on every document, so they are healed where they are not. */
  readonly fixed: FieldValues;
  readonly title: DefaultTitle;
}

/** What a document is called until metadata gives it a name. */
export interface DefaultTitle {
  readonly text: string;
  readonly serverId: string;
  /** Member of the metadata that names the document. With it, the default title returns when the metadata has no name. */
  readonly unlessNamedBy?: string;
}

/** Adds structural fields to a resolution; those that are absent on stored documents are healed. */
export function withStructure<R>(
  input: ResolveInput<R>,
  resolution: Resolution,
  { fixed, title }: Structure,
): Resolution {
  const [best] = input.providers;
  if (best === undefined) return resolution;
  const current = input.current ?? {};
  const healed = new Map(Object.entries(fixed));
  if (current['originalTitleSource'] === undefined) healed.set('originalTitleSource', best.server.id);
  if (current['metadata'] === undefined) healed.set('metadata', {});
  if (needsTitle(input, resolution.set, title) && lockState(input.locks, 'title').kind !== 'locked') {
    healed.set('title', title.text);
    healed.set('titleSource', title.serverId);
  }
  return { ...resolution, set: { ...Object.fromEntries(healed), ...resolution.set } };
}

function needsTitle<R>(
  { current, locks }: ResolveInput<R>,
  set: FieldValues,
  { unlessNamedBy }: DefaultTitle,
): boolean {
  if (typeof current?.['title'] !== 'string' || current['title'] === '') return true;
  if (unlessNamedBy === undefined) return false;
  const stored = current['metadata'];
  const metadata = Object.hasOwn(set, 'metadata')
    ? valueAroundLocks(stored, set['metadata'], lockState(locks, 'metadata'))
    : stored;
  const members = typeof metadata === 'object' && metadata !== null ? metadata : {};
  const name: unknown = new Map<string, unknown>(Object.entries(members)).get(unlessNamedBy);
  return typeof name !== 'string' || name.trim() === '';
}
