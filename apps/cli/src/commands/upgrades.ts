import { tableOf } from '../output/table';
import { managerOf } from '../session-manager';
import type { Session } from '../session';

/** `reelsync upgrades`: films whose file a better one could replace. */
export async function upgrades(
  session: Session,
  { limit, json }: { readonly limit: number; readonly json: boolean },
): Promise<void> {
  const items = await managerOf(session).findUpgradeCandidates({ limit });
  if (json) {
    process.stdout.write(`${JSON.stringify({ items })}\n`);
    return;
  }
  const rows = items.map(({ title, dimensions, format, bitDepth, reasons }) => ({
    title,
    dimensions,
    format,
    bits: bitDepth,
    reasons: reasons.join(', '),
  }));
  process.stdout.write(`${tableOf(rows)}\n`);
}
