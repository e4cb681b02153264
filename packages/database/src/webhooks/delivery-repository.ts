import { ReelsyncError } from '@reelsync/core';
import { ObjectId, type Collection, type Db, type WithId } from 'mongodb';
import { databaseCall } from '../connection/to-database-error';
import type {
  AcceptedDelivery,
  Delivery,
  DeliveryFacts,
  DeliveryOutcome,
  InboxEntry,
  LeasedDelivery,
  WebhookOrder,
} from './delivery';

interface DeliveryDocument extends DeliveryFacts {
  readonly _id: string;
  readonly outcome: DeliveryOutcome;
  readonly code?: string;
  readonly message?: string;
  readonly runIds?: readonly string[];
  readonly replayKeys?: readonly string[];
  readonly count?: number;
  /** Exists exactly while the delivery is in the inbox. */
  readonly pending?: {
    readonly orders: readonly WebhookOrder[];
    readonly leasedUntil: Date;
    readonly attempts: number;
  };
  /** Absent in the inbox, so that the TTL index cannot remove what is still to be done. */
  readonly finishedAt?: Date;
}

export interface ListDeliveriesOptions {
  readonly limit: number;
  readonly outcome?: DeliveryOutcome;
}

interface Reason {
  readonly code: string;
  readonly message: string;
}

const MINUTE_MS = 60_000;

/**
 * Every webhook delivery, in one document that is inbox entry, line of the log and memory of what was processed (decision
 * 0024). Finished ones expire (see the TTL index).
 */
export class DeliveryRepository {
  private readonly collection: Collection<DeliveryDocument>;

  constructor(state: Db) {
    this.collection = state.collection<DeliveryDocument>('webhookDeliveries');
  }

  /** For a delivery, whoever will store it. */
  newId(): string {
    return new ObjectId().toHexString();
  }

  /** Takes a delivery into the inbox. False when its id or one of its replay keys is known. */
  open(id: string, { orders, leasedUntil, ...delivery }: AcceptedDelivery): Promise<boolean> {
    return this.insert('open', {
      _id: id,
      ...delivery,
      outcome: 'accepted',
      pending: { orders, leasedUntil, attempts: 0 },
    });
  }

  /** A delivery that asks for nothing (any more). Written once per id. */
  async note(
    id: string,
    facts: DeliveryFacts,
    outcome: 'accepted' | 'ignored' | 'duplicate',
    reason: Reason,
  ): Promise<void> {
    await this.insert('note', { _id: id, ...facts, outcome, ...reason, finishedAt: facts.receivedAt });
  }

  /** Strangers can send as many as they like, so what is alike within a minute is counted in one document. */
  async reject(facts: DeliveryFacts, { code, message }: Reason): Promise<void> {
    const { endpoint, source, receivedAt } = facts;
    const minute = Math.floor(receivedAt.getTime() / MINUTE_MS);
    const _id = ['rejected', endpoint, source ?? '', code, minute].join('/');
    await this.call('reject', () =>
      this.collection.updateOne(
        { _id },
        {
          $setOnInsert: { ...facts, outcome: 'rejected', code, message, finishedAt: receivedAt },
          $inc: { count: 1 },
        },
        { upsert: true },
      ),
    );
  }

  /** One scan per server waits for the end of its hold; asking again moves its time. */
  async scheduleScan(serverId: string, event: string, dueAt: Date, now: Date): Promise<void> {
    const orders: WebhookOrder[] = [{ kind: 'scan', serverIds: [serverId], force: false }];
    await this.call('scheduleScan', () =>
      this.collection.updateOne(
        { _id: `hold/${serverId}` },
        {
          $set: {
            endpoint: 'status',
            source: serverId,
            event,
            receivedAt: now,
            outcome: 'accepted',
            pending: { orders, leasedUntil: dueAt, attempts: 0 },
          },
          $unset: { finishedAt: true, runIds: true, code: true, message: true },
        },
        { upsert: true },
      ),
    );
  }

  /** The oldest delivery of the inbox that nobody works on. */
  async claim(now: Date, leasedUntil: Date): Promise<InboxEntry | null> {
    const document = await this.call('claim', () =>
      this.collection.findOneAndUpdate(
        { pending: { $exists: true }, 'pending.leasedUntil': { $lte: now } },
        { $set: { 'pending.leasedUntil': leasedUntil } },
        { sort: { receivedAt: 1, _id: 1 } },
      ),
    );
    return document === null ? null : toInboxEntry(document, leasedUntil);
  }

  /**
   * One order is on the queue; the last one ends the delivery. Like `postpone` and `fail` it changes nothing once the lease
   * is another: the delivery is somebody else's, or asks for something new (`scheduleScan`).
   */
  async advance(
    delivery: LeasedDelivery,
    runId: string,
    remaining: readonly WebhookOrder[],
    at: Date,
  ): Promise<void> {
    const rest =
      remaining.length > 0
        ? { $set: { 'pending.orders': remaining } }
        : { $set: { finishedAt: at }, $unset: { pending: true, code: true, message: true } as const };
    await this.call('advance', () =>
      this.collection.updateOne(leased(delivery), { ...rest, $push: { runIds: runId } }),
    );
  }

  /** Back into the inbox, to be tried from `until` on. An outage is nobody's attempt. */
  async postpone(
    delivery: LeasedDelivery,
    until: Date,
    { code, message }: Reason,
    usesAttempt: boolean,
  ): Promise<void> {
    await this.call('postpone', () =>
      this.collection.updateOne(leased(delivery), {
        $set: { 'pending.leasedUntil': until, code, message },
        $inc: { 'pending.attempts': usesAttempt ? 1 : 0 },
      }),
    );
  }

  /** What it asks for cannot be done. */
  async fail(delivery: LeasedDelivery, { code, message }: Reason, at: Date): Promise<void> {
    await this.call('fail', () =>
      this.collection.updateOne(leased(delivery), {
        $set: { outcome: 'failed', code, message, finishedAt: at },
        $unset: { pending: true },
      }),
    );
  }

  /** Newest first. */
  async list({ limit, outcome }: ListDeliveriesOptions): Promise<Delivery[]> {
    const filter = outcome === undefined ? {} : { outcome };
    const documents = await this.call('list', () =>
      this.collection.find(filter, { sort: { receivedAt: -1, _id: -1 }, limit }).toArray(),
    );
    return documents.map(toDelivery);
  }

  async get(id: string): Promise<Delivery | null> {
    const document = await this.call('get', () => this.collection.findOne({ _id: id }));
    return document === null ? null : toDelivery(document);
  }

  /** Deliveries that wait in the inbox. */
  countPending(): Promise<number> {
    return this.call('countPending', () => this.collection.countDocuments({ pending: { $exists: true } }));
  }

  private async insert(operation: string, document: DeliveryDocument): Promise<boolean> {
    try {
      await this.call(operation, () => this.collection.insertOne(document));
      return true;
    } catch (error) {
      if (error instanceof ReelsyncError && error.code === 'DATABASE_CONFLICT') return false;
      throw error;
    }
  }

  private call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return databaseCall({ collection: 'webhookDeliveries', operation }, work);
  }
}

function leased({ id, leasedUntil }: LeasedDelivery) {
  return { _id: id, 'pending.leasedUntil': leasedUntil };
}

function toInboxEntry({ _id, ...document }: WithId<DeliveryDocument>, leasedUntil: Date): InboxEntry {
  const { orders = [], attempts = 0 } = document.pending ?? {};
  return { ...factsOf(document), id: _id, orders, leasedUntil, attempts };
}

function toDelivery({ _id, ...document }: WithId<DeliveryDocument>): Delivery {
  const { outcome, code, message, runIds = [], pending, count = 1 } = document;
  return {
    ...factsOf(document),
    id: _id,
    outcome,
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    runIds,
    pending: pending !== undefined,
    count,
  };
}

function factsOf({ endpoint, source, event, titles, receivedAt }: DeliveryFacts): DeliveryFacts {
  return {
    endpoint,
    ...(source === undefined ? {} : { source }),
    ...(event === undefined ? {} : { event }),
    ...(titles === undefined ? {} : { titles }),
    receivedAt,
  };
}
