import { narrowingOf, type Narrowing, type Unit } from '@reelsync/core';

import { isJobName } from '../catalog/job-definition';
import { JOB_CATALOG, type JobPayload } from '../catalog/job-catalog';
import { admit } from '../producers/admit-payload';

/** What a stored job is for, in the terms of those who ask for things. */
export type JobWork =
  | { readonly kind: 'unit'; readonly unit: Unit; readonly narrowing: Narrowing }
  | { readonly kind: 'scan'; readonly scan: JobPayload<'library.scan'> };

/** Undefined for jobs that this version does not understand. */
export function workOf(name: string, data: unknown): JobWork | undefined {
  if (!isJobName(JOB_CATALOG, name)) return undefined;
  switch (name) {
    case 'movie.sync':
      return unitWork(admit(JOB_CATALOG[name], data), ({ title }) => ({ kind: 'movie', title }));
    case 'show.sync':
      return unitWork(admit(JOB_CATALOG[name], data), ({ title }) => ({ kind: 'show', title }));
    case 'season.sync':
      return unitWork(admit(JOB_CATALOG[name], data), ({ title, season }) => ({
        kind: 'season',
        title,
        season,
      }));
    case 'episodes.sync':
      return unitWork(admit(JOB_CATALOG[name], data), ({ title, season }) => ({
        kind: 'episodes',
        title,
        season,
      }));
    case 'library.scan': {
      const admission = admit(JOB_CATALOG[name], data);
      return admission.status === 'admitted' ? { kind: 'scan', scan: admission.payload } : undefined;
    }
    case 'title.watch':
    case 'schedule.trigger':
    case 'webhook.store':
      // They ask for work and are none: the next look or tick comes by itself, and a stored webhook becomes a run then.
      return undefined;
  }
}

type NarrowedPayload = Parameters<typeof narrowingOf>[0];

function unitWork<Payload extends Partial<NarrowedPayload>>(
  admission: ReturnType<typeof admit<Payload>>,
  unitOf: (payload: Payload) => Unit,
): JobWork | undefined {
  if (admission.status === 'rejected') return undefined;
  const { operations, episodes } = admission.payload;
  return {
    kind: 'unit',
    unit: unitOf(admission.payload),
    narrowing: narrowingOf({ operations, episodes }),
  };
}
