import { ReelsyncError } from '@reelsync/core';
import {
  MongoBulkWriteError,
  type AnyBulkWriteOperation,
  type BulkWriteResult,
  type Collection,
  type Document,
  type Filter,
  type UpdateFilter,
  type WriteError,
} from 'mongodb';
import { toDatabaseError, toWriteError } from '../connection/to-database-error';

/**
 * What a write wants to know about itself. The result of a bulk write names only the upserted documents; everything
 * else is a total. So each operation says how much it has to know, and pays for no more:
 * - upsert: `created` or `matched`, from the result's upserted ids
 * - update: `matched` or `missed`. Must be idempotent: it may be sent twice (see `tellMisses`)
 * - apply: nothing but errors; may touch many documents
 */
export interface WriteOperation<D extends Document> {
  readonly kind: 'upsert' | 'update' | 'apply';
  readonly filter: Filter<D>;
  readonly update: UpdateFilter<D>;
  /** Only for `apply`. */
  readonly many?: boolean;
}

export type WriteOutcome = 'created' | 'matched' | 'missed' | 'applied';

type WriteAnswer = WriteOutcome | ReelsyncError;

const MAX_UPSERT_ATTEMPTS = 4;

/**
 * One unordered bulk write at a time per collection and process (F-16). Answers per operation: a failing one fails alone.
 */
export class BulkWriter<D extends Document> {
  private lane: Promise<unknown> = Promise.resolve();

  constructor(private readonly collection: Collection<D>) {}

  /** Resolves when no bulk write of this collection is under way. */
  async idle(): Promise<void> {
    await this.lane;
  }

  write(operations: readonly WriteOperation<D>[]): Promise<readonly WriteAnswer[]> {
    const answers = this.lane.then(() => this.settle(operations, 1));
    // The callers get the error; it must not stop those who wait for the lane.
    this.lane = Promise.allSettled([answers]);
    return answers;
  }

  /** As `write`, for callers for whom any failure is a failure of the whole. */
  async writeAll(operations: readonly WriteOperation<D>[]): Promise<void> {
    const answers = await this.write(operations);
    const failure = answers.find((answer) => answer instanceof ReelsyncError);
    if (failure !== undefined) throw failure;
  }

  /** Of two upserts of one `_id` at the same time MongoDB may refuse one with 11000; sent again, it finds the other's document. */
  private async settle(
    operations: readonly WriteOperation<D>[],
    attempt: number,
  ): Promise<readonly WriteAnswer[]> {
    const answers = await this.execute(operations);
    const isRetried = (operation: WriteOperation<D>, position: number) =>
      attempt < MAX_UPSERT_ATTEMPTS && isLostRace(operation, answers[position]);
    return this.replaceAnswers(operations, answers, isRetried, (again) => this.settle(again, attempt + 1));
  }

  private async execute(operations: readonly WriteOperation<D>[]): Promise<readonly WriteAnswer[]> {
    if (operations.length === 0) return [];
    try {
      const result = await this.collection.bulkWrite(operations.map(toBulkOperation), { ordered: false });
      return await this.answer(operations, result, []);
    } catch (error) {
      if (error instanceof MongoBulkWriteError && hasOnlyWriteErrors(error)) {
        return this.answer(operations, error.result, [error.writeErrors].flat());
      }
      const failure = toDatabaseError(error, { collection: this.collection.collectionName });
      // The driver refuses the whole batch for one document that it cannot serialise: find it by halving.
      return failure.code === 'DOCUMENT_INVALID' && operations.length > 1
        ? this.executeHalves(operations)
        : operations.map(() => failure);
    }
  }

  private async executeHalves(operations: readonly WriteOperation<D>[]): Promise<readonly WriteAnswer[]> {
    const middle = Math.ceil(operations.length / 2);
    const first = await this.execute(operations.slice(0, middle));
    return [...first, ...(await this.execute(operations.slice(middle)))];
  }

  private async answer(
    operations: readonly WriteOperation<D>[],
    result: BulkWriteResult,
    writeErrors: readonly WriteError[],
  ): Promise<readonly WriteAnswer[]> {
    const errors = new Map(writeErrors.map((error) => [error.index, error]));
    const answers = operations.map((operation, position): WriteAnswer => {
      const error = errors.get(position);
      if (error !== undefined) return toWriteError(error, { collection: this.collection.collectionName });
      switch (operation.kind) {
        case 'upsert':
          return Object.hasOwn(result.upsertedIds, position) ? 'created' : 'matched';
        case 'update':
          return 'matched';
        case 'apply':
          return 'applied';
      }
    });
    return this.tellMisses(operations, answers, result.matchedCount);
  }

  /**
   * If the total says that every operation matched, they all did. Otherwise the updates are sent again in halves, until
   * a total is unambiguous; they are idempotent, so only the rare miss costs anything.
   */
  private async tellMisses(
    operations: readonly WriteOperation<D>[],
    answers: readonly WriteAnswer[],
    matchedCount: number,
  ): Promise<readonly WriteAnswer[]> {
    const isUnsure = ({ kind }: WriteOperation<D>, position: number) =>
      kind === 'update' && answers[position] === 'matched';
    const isMuddied = answers.includes('applied');
    const claimed = answers.filter((answer) => answer === 'matched').length;
    if (!operations.some(isUnsure) || (!isMuddied && matchedCount === claimed)) return answers;
    if (operations.length === 1) return ['missed'];
    return this.replaceAnswers(operations, answers, isUnsure, (unsure) =>
      unsure.length < operations.length ? this.execute(unsure) : this.executeHalves(unsure),
    );
  }

  private async replaceAnswers(
    operations: readonly WriteOperation<D>[],
    answers: readonly WriteAnswer[],
    isReplaced: (operation: WriteOperation<D>, position: number) => boolean,
    execute: (operations: readonly WriteOperation<D>[]) => Promise<readonly WriteAnswer[]>,
  ): Promise<readonly WriteAnswer[]> {
    const replaced = operations.filter(isReplaced);
    if (replaced.length === 0) return answers;
    const replacements = (await execute(replaced)).values();
    return operations.map((operation, position) =>
      isReplaced(operation, position)
        ? (replacements.next().value ?? 'applied')
        : (answers[position] ?? 'applied'),
    );
  }
}

function toBulkOperation<D extends Document>(operation: WriteOperation<D>): AnyBulkWriteOperation<D> {
  const { kind, filter, update, many } = operation;
  return many === true
    ? { updateMany: { filter, update } }
    : { updateOne: { filter, update, upsert: kind === 'upsert' } };
}

function hasOnlyWriteErrors(error: MongoBulkWriteError): boolean {
  return [error.writeErrors].flat().length > 0 && error.result.getWriteConcernError() === undefined;
}

function isLostRace<D extends Document>(
  operation: WriteOperation<D>,
  answer: WriteAnswer | undefined,
): boolean {
  return (
    operation.kind === 'upsert' &&
    '_id' in operation.filter &&
    answer instanceof ReelsyncError &&
    answer.code === 'DATABASE_CONFLICT'
  );
}
