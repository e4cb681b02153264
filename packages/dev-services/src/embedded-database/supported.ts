/**
 * Everything that the embedded database implements, in one place. The dispatch tables are typed by these lists, so an
 * entry without an implementation (or the reverse) does not compile, and whatever is not listed is answered with an error.
 */

/** What a driver puts into its handshake are offers, which a server (MongoDB too) may leave unanswered. */
export const ANY_FIELD = ['*'] as const;

/** Fields that a command accepts besides its own name and the {@link commonFields}. */
const commands = {
  hello: ANY_FIELD,
  isMaster: ANY_FIELD,
  ismaster: ANY_FIELD,
  ping: [],
  buildInfo: [],
  serverStatus: [],
  connectionStatus: [],
  listDatabases: ['nameOnly'],
  insert: ['documents', 'ordered'],
  find: ['filter', 'sort', 'projection', 'skip', 'limit', 'batchSize', 'singleBatch'],
  getMore: ['collection', 'batchSize'],
  killCursors: ['cursors'],
  update: ['updates', 'ordered'],
  delete: ['deletes', 'ordered'],
  findAndModify: ['query', 'sort', 'remove', 'update', 'new', 'fields', 'upsert'],
  aggregate: ['pipeline', 'cursor'],
  count: ['query', 'limit', 'skip'],
  distinct: ['key', 'query'],
  create: [],
  drop: [],
  dropDatabase: [],
  listCollections: ['filter', 'nameOnly', 'cursor', 'authorizedCollections'],
  createIndexes: ['indexes'],
  listIndexes: ['cursor'],
  dropIndexes: ['index'],
  endSessions: [],
  configureFailPoint: ['mode', 'data'],
} as const;

export const supportedOperations = {
  commands,
  /** Accepted on every command. */
  commonFields: ['$db', 'lsid', '$readPreference', 'readConcern', 'writeConcern', 'comment', 'maxTimeMS'],
  queryOperators: [
    '$eq',
    '$ne',
    '$gt',
    '$gte',
    '$lt',
    '$lte',
    '$in',
    '$nin',
    '$exists',
    '$not',
    '$regex',
    '$options',
    '$type',
    '$elemMatch',
    '$size',
  ],
  logicalOperators: ['$and', '$or', '$nor'],
  typeAliases: [
    'double',
    'string',
    'object',
    'array',
    'binData',
    'objectId',
    'bool',
    'date',
    'null',
    'regex',
    'int',
    'long',
    'number',
  ],
  updateOperators: ['$set', '$unset', '$setOnInsert', '$inc', '$min', '$max', '$push', '$addToSet', '$pull'],
  pushModifiers: ['$each', '$slice'],
  aggregationStages: ['$match', '$group', '$sort', '$limit', '$skip', '$project', '$unwind', '$count'],
  accumulators: ['$sum', '$avg', '$min', '$max', '$first', '$last', '$push', '$addToSet'],
  expressions: [
    '$literal',
    '$cond',
    '$ifNull',
    '$eq',
    '$ne',
    '$gt',
    '$gte',
    '$lt',
    '$lte',
    '$and',
    '$or',
    '$not',
    '$in',
    '$size',
    '$isArray',
    '$type',
    '$add',
    '$subtract',
    '$multiply',
    '$divide',
    '$concat',
  ],
  indexOptions: [
    'key',
    'name',
    'unique',
    'sparse',
    'partialFilterExpression',
    'expireAfterSeconds',
    'background',
    'v',
  ],
  partialFilterOperators: ['$exists', '$eq', '$gt', '$gte', '$lt', '$lte', '$type'],
} as const;

type Supported = typeof supportedOperations;

export type CommandName = keyof Supported['commands'];
export type QueryOperator = Supported['queryOperators'][number];
export type LogicalOperator = Supported['logicalOperators'][number];
export type TypeAlias = Supported['typeAliases'][number];
export type UpdateOperator = Supported['updateOperators'][number];
export type AggregationStage = Supported['aggregationStages'][number];
export type Accumulator = Supported['accumulators'][number];
export type ExpressionOperator = Supported['expressions'][number];

/** Narrows a name from the wire to one of the listed names. */
export function isListed<T extends string>(list: readonly T[], name: string): name is T {
  return list.some((entry) => entry === name);
}
