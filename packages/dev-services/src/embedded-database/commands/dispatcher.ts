import { setTimeout } from 'node:timers/promises';
import { getField, isDocument, type BsonDocument } from '../bson/value';
import type { Cursors } from '../cursors';
import { CommandError } from '../errors';
import type { Catalog, Log } from '../storage/catalog';
import { ANY_FIELD, supportedOperations, type CommandName } from '../supported';
import { errorReply } from '../wire/connection';
import type { Reply } from '../wire/message';
import { Arguments, unknownField } from './arguments';
import { configureFailPoint } from './configure-fail-point';
import type { CommandContext, CommandCount, Handler } from './context';
import * as definition from './definition';
import * as diagnostics from './diagnostics';
import { FailPoints, type Failure } from './fail-points';
import * as reading from './reading';
import * as writing from './writing';

const handlers: Record<CommandName, Handler> = {
  hello: diagnostics.hello,
  isMaster: diagnostics.hello,
  ismaster: diagnostics.hello,
  ping: diagnostics.ping,
  buildInfo: diagnostics.buildInfo,
  serverStatus: diagnostics.serverStatus,
  connectionStatus: diagnostics.connectionStatus,
  listDatabases: definition.listDatabases,
  insert: writing.insert,
  find: reading.find,
  getMore: reading.getMore,
  killCursors: reading.killCursors,
  update: writing.update,
  delete: writing.remove,
  findAndModify: writing.findAndModify,
  aggregate: reading.aggregate,
  count: reading.count,
  distinct: reading.distinct,
  create: definition.create,
  drop: definition.drop,
  dropDatabase: definition.dropDatabase,
  listCollections: definition.listCollections,
  createIndexes: definition.createIndexes,
  listIndexes: definition.listIndexes,
  dropIndexes: definition.dropIndexes,
  // Sessions carry no state here: there are no transactions and no retried writes.
  endSessions: () => ({}),
  configureFailPoint,
};

export interface DispatcherOptions {
  readonly catalog: Catalog;
  readonly cursors: Cursors;
  readonly log: Log;
  readonly now: () => number;
  /** Ends the waiting of blocked commands. */
  readonly closing: AbortSignal;
}

/** Runs commands against the catalog; every failure becomes an answer. */
export class Dispatcher {
  private readonly failPoints = new FailPoints();
  private readonly commandCounts = new Map<CommandName, CommandCount>();
  private readonly startedAt: number;

  constructor(private readonly options: DispatcherOptions) {
    this.startedAt = options.now();
  }

  /** Null closes the connection. Only a fail point makes an answer wait. */
  answer(command: BsonDocument, connectionId: number): Reply | null | Promise<Reply | null> {
    const name = Object.keys(command)[0] ?? '';
    const failure = name === 'configureFailPoint' ? null : this.failPoints.enter(name);
    return failure === null
      ? this.run(name, command, connectionId)
      : this.fail(failure, name, command, connectionId);
  }

  private async fail(
    failure: Failure,
    name: string,
    command: BsonDocument,
    connectionId: number,
  ): Promise<Reply | null> {
    if (failure.blockMs > 0) await setTimeout(failure.blockMs, undefined, { signal: this.options.closing });
    if (failure.closeConnection) return null;
    if (failure.errorCode === null) return this.run(name, command, connectionId);
    return {
      ok: 0,
      errmsg: "Failing command via 'failCommand' failpoint",
      code: failure.errorCode,
      codeName: `Location${failure.errorCode}`,
    };
  }

  private run(name: string, command: BsonDocument, connectionId: number): Reply {
    try {
      return { ...this.execute(name, command, connectionId), ok: 1 };
    } catch (error) {
      if (error instanceof CommandError) return errorReply(error);
      this.options.log('warn', 'a command failed unexpectedly', { command: name, error: String(error) });
      return { ok: 0, errmsg: String(error), code: 1, codeName: 'InternalError' };
    }
  }

  private execute(name: string, command: BsonDocument, connectionId: number): Reply {
    if (!isCommandName(name)) throw new CommandError('CommandNotFound', `no such command: '${name}'`);
    assertKnownFields(name, command);
    const { catalog, cursors, now } = this.options;
    const database = databaseOf(command);
    const toDisk = parseConcerns(command);
    const startedAt = now();
    const context: CommandContext = {
      database,
      connectionId,
      catalog,
      cursors,
      now,
      failPoints: this.failPoints,
      startedAt: this.startedAt,
      commandCounts: this.commandCounts,
    };
    const count = this.countOf(name);
    count.total += 1;
    try {
      const args = new Arguments(name, command);
      const reply = handlers[name](args, context);
      assertInTime(name, args.count('maxTimeMS', 0), now() - startedAt);
      return reply;
    } catch (error) {
      count.failed += 1;
      throw error;
    } finally {
      // Before the answer, and also after an error: what a half-done command changed is visible already.
      catalog.commit(toDisk);
    }
  }

  private countOf(name: CommandName): CommandCount {
    const count = this.commandCounts.get(name) ?? { total: 0, failed: 0 };
    this.commandCounts.set(name, count);
    return count;
  }
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(handlers, name);
}

function assertKnownFields(name: CommandName, command: BsonDocument): void {
  const listed: readonly string[] = supportedOperations.commands[name];
  if (listed === ANY_FIELD) return;
  const common: readonly string[] = supportedOperations.commonFields;
  for (const field of Object.keys(command).slice(1)) {
    if (!listed.includes(field) && !common.includes(field)) throw unknownField(name, field);
  }
}

/** A write is done when its time can be checked, and is then acknowledged. */
const timedCommands: readonly CommandName[] = ['find', 'aggregate', 'count', 'distinct'];

function assertInTime(name: CommandName, limitMs: number, elapsedMs: number): void {
  if (limitMs > 0 && elapsedMs > limitMs && timedCommands.includes(name)) {
    throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
  }
}

function databaseOf(command: BsonDocument): string {
  const database = getField(command, '$db');
  if (database === undefined)
    throw new CommandError('MissingDatabase', 'OP_MSG requests require a $db argument');
  if (typeof database !== 'string' || !/^[^/\\. "$\0]{1,63}$/.test(database)) {
    throw new CommandError('InvalidNamespace', `Invalid database name: ${JSON.stringify(database)}`);
  }
  return database;
}

/** Checks read and write concern; true when the write has to reach the disk before the answer (`j`). */
function parseConcerns(command: BsonDocument): boolean {
  const level = concern(command, 'readConcern', ['level'])['level'] ?? 'local';
  if (level !== 'local' && level !== 'available' && level !== 'majority') {
    throw new CommandError('InvalidOptions', `unsupported read concern: ${JSON.stringify(level)}`);
  }
  const { w = 1, j = false } = concern(command, 'writeConcern', [
    'w',
    'j',
    'wtimeout',
    'fsync',
    'provenance',
  ]);
  if (w !== 'majority' && w !== 0 && w !== 1) {
    throw new CommandError('BadValue', "cannot use 'w' > 1 when a host is not replicated");
  }
  return j === true || j === 1;
}

function concern(command: BsonDocument, field: string, listed: readonly string[]): BsonDocument {
  const value = getField(command, field) ?? {};
  if (!isDocument(value)) throw new CommandError('TypeMismatch', `${field} must be an object`);
  const unknown = Object.keys(value).find((key) => !listed.includes(key));
  if (unknown !== undefined) throw unknownField(field, unknown);
  return value;
}
