import type { WebhookOrder } from '@reelsync/database';
import type { ArrPayload } from './arr-payload';
import { titleUnderRoots } from './folder-title';
import type { Reason } from './webhook-intake';

export type ArrKind = 'radarr' | 'sonarr';

/** One configured Radarr or Sonarr. */
export interface ArrSource {
  readonly kind: ArrKind;
  /** Where the instance keeps its titles, as the instance's own machine calls it. */
  readonly roots: readonly string[];
  /** The servers that serve what it keeps there. */
  readonly serverIds: readonly string[];
}

/** What follows from a delivery: orders for the titles that it affects, or a reason why nothing does. */
export type Interpretation =
  | { readonly titles: readonly string[]; readonly orders: readonly WebhookOrder[] }
  | { readonly ignored: Reason };

type Effect = { readonly touches: true } | { readonly touches: false; readonly why: string };

const TOUCHES: Effect = { touches: true };
const nothing = (why: string): Effect => ({ touches: false, why });

const NOTHING_ON_DISK = nothing('Nothing on disk has changed');
const ABOUT_THE_INSTANCE = nothing('It is about the instance, not about a title');

/** In lower case: a later version may write event types like every other name (arr-webhooks §2). */
const EFFECTS = new Map<string, (payload: ArrPayload) => Effect>([
  ['test', () => nothing('It is a test of the connection')],
  ['grab', () => NOTHING_ON_DISK],
  ['download', () => TOUCHES],
  ['rename', () => TOUCHES],
  ['movieadded', () => NOTHING_ON_DISK],
  ['seriesadd', () => NOTHING_ON_DISK],
  ['moviefiledelete', ofFileDelete],
  ['episodefiledelete', ofFileDelete],
  ['moviedelete', ofTitleDelete],
  ['seriesdelete', ofTitleDelete],
  ['health', () => ABOUT_THE_INSTANCE],
  ['healthrestored', () => ABOUT_THE_INSTANCE],
  ['applicationupdate', () => ABOUT_THE_INSTANCE],
  ['manualinteractionrequired', () => NOTHING_ON_DISK],
]);

/** The old file goes before the new one comes; the import is told by an event of its own. */
function ofFileDelete({ deleteReason }: ArrPayload): Effect {
  return deleteReason?.toLowerCase() === 'upgrade' ? nothing('The upgrade is told by its import') : TOUCHES;
}

function ofTitleDelete({ fromDisk }: ArrPayload): Effect {
  return fromDisk ? TOUCHES : nothing('The files stay on disk');
}

/**
 * Which titles to look at after an event of Radarr or Sonarr (arr-webhooks §6). What happened to them is not believed: the
 * servers' listings are the truth, so nothing is ever removed on the word of a webhook.
 */
export function interpretArr(payload: ArrPayload, { kind, roots, serverIds }: ArrSource): Interpretation {
  const effect = EFFECTS.get(payload.eventType.toLowerCase())?.(payload);
  if (effect === undefined) return ignored('EVENT_UNKNOWN', 'This type of event is not known');
  if (!effect.touches) return ignored('EVENT_WITHOUT_EFFECT', effect.why);
  const paths = affectedPaths(payload);
  if (paths.length === 0) return ignored('PATH_MISSING', 'It names no folder');
  const titles = [...new Set(paths.flatMap((path) => titleUnderRoots(path, roots) ?? []))];
  if (titles.length === 0)
    return ignored('PATH_OUTSIDE_ROOTS', 'Its folder is under none of the configured root folders');
  const media = kind === 'radarr' ? 'movie' : 'show';
  return { titles, orders: titles.map((title) => ({ kind: 'title', media, title, serverIds })) };
}

function affectedPaths({ folder, files, previousFiles }: ArrPayload): readonly string[] {
  return [...(folder === undefined ? files : [folder]), ...previousFiles];
}

function ignored(code: string, message: string): Interpretation {
  return { ignored: { code, message } };
}
