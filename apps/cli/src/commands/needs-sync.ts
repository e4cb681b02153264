import type { ContentKind } from '@reelsync/sync';
import { tableOf } from '../output/table';
import { managerOf } from '../session-manager';
import type { Session } from '../session';

export interface NeedsSyncOptions {
  readonly kind?: readonly ContentKind[];
  readonly missingAssets: boolean;
  readonly olderThan?: number;
  readonly limit: number;
  readonly json: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** `reelsync needs-sync`: what should be looked at, and why. */
export async function needsSync(
  session: Session,
  { kind, missingAssets, olderThan, limit, json }: NeedsSyncOptions,
): Promise<void> {
  const found = await managerOf(session).findContentNeedingSync({
    missingAssets,
    limit,
    ...(kind === undefined ? {} : { mediaTypes: kind }),
    ...(olderThan === undefined ? {} : { olderThan: new Date(Date.now() - olderThan * DAY_MS) }),
  });
  if (json) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return;
  }
  const rows = Object.entries(found).flatMap(([ofKind, items]) =>
    items.map(({ title, season, episode, reasons, lastSynced }) => ({
      kind: ofKind,
      title,
      season,
      episode,
      reasons: reasons.join(', '),
      'last written': lastSynced?.toISOString(),
    })),
  );
  process.stdout.write(`${tableOf(rows)}\n`);
}
