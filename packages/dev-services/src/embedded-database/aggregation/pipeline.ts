import {
  arrayIndex,
  getField,
  isDocument,
  setField,
  typeName,
  type BsonDocument,
  type BsonValue,
} from '../bson/value';
import { CommandError } from '../errors';
import { parseFilter, type Filter } from '../query/filter';
import { matches } from '../query/match';
import { parseSort, sortItems } from '../query/sort';
import { isListed, supportedOperations, type AggregationStage } from '../supported';
import { DocumentEditor } from '../update/editor';
import { parseGroup } from './group';
import { parseProject } from './project';

type Stage = (documents: readonly BsonDocument[]) => readonly BsonDocument[];

export interface Pipeline {
  /** A leading `$match`, which the collection answers with its indexes. */
  readonly filter: Filter;
  readonly stages: readonly Stage[];
}

/** Parses a pipeline; everything outside the allow-list is an error. */
export function parsePipeline(specifications: readonly BsonDocument[]): Pipeline {
  const [first, ...others] = specifications;
  const leading = first !== undefined && Object.keys(first).join() === '$match' ? first['$match'] : undefined;
  if (leading === undefined) return { filter: parseFilter({}), stages: specifications.map(parseStage) };
  return { filter: parseMatch(leading), stages: others.map(parseStage) };
}

export function runPipeline(pipeline: Pipeline, matched: readonly BsonDocument[]): readonly BsonDocument[] {
  return pipeline.stages.reduce((documents, stage) => stage(documents), matched);
}

function parseStage(specification: BsonDocument): Stage {
  const [entry, ...others] = Object.entries(specification);
  if (entry === undefined || others.length > 0) {
    throw new CommandError(
      'UnrecognizedStage',
      'A pipeline stage specification object must contain exactly one field.',
    );
  }
  const [name, argument] = entry;
  if (!isListed(supportedOperations.aggregationStages, name)) {
    throw new CommandError('UnrecognizedStage', `Unrecognized or unsupported pipeline stage name: '${name}'`);
  }
  return stages[name](argument);
}

const stages: Record<AggregationStage, (argument: BsonValue) => Stage> = {
  $match: (argument) => {
    const filter = parseMatch(argument);
    return (documents) => documents.filter((document) => matches(filter, document));
  },
  $group: parseGroup,
  $sort: (argument) => {
    if (!isDocument(argument) || Object.keys(argument).length === 0) {
      throw new CommandError('BadValue', 'the $sort key specification must be a non-empty object');
    }
    const sort = parseSort(argument);
    return (documents) => sortItems(documents, sort, (document) => document);
  },
  $limit: (argument) => {
    const limit = parseCount(argument, '$limit');
    if (limit === 0) throw new CommandError('BadValue', 'the limit must be positive');
    return (documents) => documents.slice(0, limit);
  },
  $skip: (argument) => {
    const skip = parseCount(argument, '$skip');
    return (documents) => documents.slice(skip);
  },
  $project: (argument) => {
    const project = parseProject(argument);
    return (documents) => documents.map(project);
  },
  $unwind: parseUnwind,
  $count: (argument) => {
    if (typeof argument !== 'string' || !/^[^$.\0][^.\0]*$/.test(argument)) {
      throw new CommandError('BadValue', 'the count field must be a non-empty string without $ and .');
    }
    return (documents) => (documents.length === 0 ? [] : [{ [argument]: documents.length }]);
  },
};

function parseMatch(argument: BsonValue): Filter {
  if (isDocument(argument)) return parseFilter(argument);
  throw new CommandError(
    'BadValue',
    `the match filter must be an expression in an object, not ${typeName(argument)}`,
  );
}

function parseCount(argument: BsonValue, stage: string): number {
  if (typeof argument === 'number' && Number.isInteger(argument) && argument >= 0) return argument;
  throw new CommandError('BadValue', `invalid argument to ${stage} stage: expected a non-negative integer`);
}

interface Unwind {
  readonly path: readonly string[];
  readonly keepsEmpty: boolean;
  readonly indexField: string | null;
}

function parseUnwind(argument: BsonValue): Stage {
  const options = isDocument(argument) ? argument : { path: argument };
  const unknown = Object.keys(options).find(
    (key) => !['path', 'preserveNullAndEmptyArrays', 'includeArrayIndex'].includes(key),
  );
  const path = getField(options, 'path');
  const keepsEmpty = getField(options, 'preserveNullAndEmptyArrays') ?? false;
  const indexField = getField(options, 'includeArrayIndex') ?? null;
  const isValid =
    unknown === undefined &&
    typeof path === 'string' &&
    /^\$[^$.][^$]*$/.test(path) &&
    typeof keepsEmpty === 'boolean' &&
    (indexField === null || (typeof indexField === 'string' && /^[^$.]+$/.test(indexField)));
  if (!isValid) throw new CommandError('UnwindSpecification', 'unsupported or invalid $unwind specification');
  const unwind: Unwind = { path: path.slice(1).split('.'), keepsEmpty, indexField };
  return (documents) => documents.flatMap((document) => unwindDocument(document, unwind));
}

function unwindDocument(document: BsonDocument, unwind: Unwind): BsonDocument[] {
  const value = isBehindArray(document, unwind.path)
    ? undefined
    : new DocumentEditor(document).read(unwind.path);
  if (!Array.isArray(value)) {
    return value != null || unwind.keepsEmpty ? [withIndex(document, unwind, null)] : [];
  }
  if (value.length > 0) {
    return value.map((element, index) => {
      const editor = new DocumentEditor(document);
      editor.write(unwind.path, element);
      return withIndex(editor.document, unwind, index);
    });
  }
  if (!unwind.keepsEmpty) return [];
  const editor = new DocumentEditor(document);
  editor.remove(unwind.path);
  return [withIndex(editor.document, unwind, null)];
}

/** `$unwind` does not look into arrays on the way, not even by position. */
function isBehindArray(document: BsonDocument, path: readonly string[]): boolean {
  const editor = new DocumentEditor(document);
  return path.some(
    (key, at) => arrayIndex(key) >= 0 && at > 0 && Array.isArray(editor.read(path.slice(0, at))),
  );
}

function withIndex(document: BsonDocument, unwind: Unwind, index: number | null): BsonDocument {
  if (unwind.indexField === null) return document;
  const result = { ...document };
  setField(result, unwind.indexField, index);
  return result;
}
