import Table from 'cli-table3';
import type { Delivery, DeliveryOutcome } from '@reelsync/database';
import type { ClientSession } from '../client-session';

export interface WebhookLogOptions {
  readonly limit: number;
  readonly outcome?: DeliveryOutcome;
  readonly json: boolean;
}

/** Of many titles and runs, the first says what it was about. */
function firstOf(items: readonly string[]): string {
  const [first = '-', ...others] = items;
  return others.length === 0 ? first : `${first} (+${others.length})`;
}

/** `reelsync webhooks log`: what was delivered, and what became of it; newest first. */
export async function webhookLog(
  { client }: ClientSession,
  { limit, outcome, json }: WebhookLogOptions,
): Promise<void> {
  const filter = outcome === undefined ? { limit } : { limit, outcome };
  const { items: deliveries } = await client.listDeliveries(filter);
  if (json) {
    process.stdout.write(`${JSON.stringify(deliveries)}\n`);
    return;
  }
  process.stdout.write(
    `${deliveries.length === 0 ? 'No webhook has been delivered.' : tableOf(deliveries)}\n`,
  );
}

function tableOf(deliveries: readonly Delivery[]): string {
  const table = new Table({
    head: ['received', 'endpoint', 'source', 'event', 'outcome', 'about', 'run'],
    style: { head: [], border: [] },
  });
  for (const delivery of deliveries) {
    const { receivedAt, endpoint, source = '-', event = '-', titles = [], runIds } = delivery;
    table.push([
      receivedAt.toISOString(),
      endpoint,
      source,
      event,
      outcomeOf(delivery),
      delivery.message ?? firstOf(titles),
      firstOf(runIds),
    ]);
  }
  return table.toString();
}

function outcomeOf({ outcome, code, pending, count }: Delivery): string {
  const state = pending ? 'in the inbox' : outcome;
  return `${state}${code === undefined ? '' : ` (${code})`}${count === 1 ? '' : ` × ${count}`}`;
}
