import { getField, isDocument, setField, type BsonDocument, type BsonValue, type Slot } from '../bson/value';
import { CommandError } from '../errors';
import { applyProjection, parseProjection, pathCollision } from '../query/projection';
import { parseExpression, type Expression } from './expression';

type Stage = (document: BsonDocument) => BsonDocument;

/** Parses a `$project` stage: inclusion or exclusion as in find, and computed fields beside inclusions. */
export function parseProject(specification: BsonValue): Stage {
  if (!isDocument(specification) || Object.keys(specification).length === 0) {
    throw new CommandError('BadValue', '$project specification must be a non-empty object');
  }
  const plain: BsonDocument = {};
  const computed = new Map<string, Expression>();
  split(specification, '', plain, computed);
  if (computed.size === 0) {
    const projection = parseProjection(plain);
    return (document) => applyProjection(projection, document);
  }
  for (const path of computed.keys()) {
    const names = [...computed.keys(), ...Object.keys(plain)];
    const clash = names.find(
      (other) => other.startsWith(`${path}.`) || (other === path && Object.hasOwn(plain, path)),
    );
    if (clash !== undefined || names.some((other) => path.startsWith(`${other}.`))) throw pathCollision(path);
    if (path.includes('.'))
      throw new CommandError('BadValue', `computed fields in embedded documents are not supported: ${path}`);
  }
  return computedStage(plain, computed);
}

/** Computed fields turn the stage into an inclusion: `_id` is kept unless it is excluded or computed. */
function computedStage(plain: BsonDocument, computed: ReadonlyMap<string, Expression>): Stage {
  const isIdKept = !computed.has('_id') && !isExcluded(getField(plain, '_id'));
  const included = Object.entries(plain).filter(([path]) => path !== '_id');
  const projection = parseProjection(Object.fromEntries([...included, ['_id', isIdKept]]));
  if (included.length > 0 && projection?.mode !== 'include') {
    throw new CommandError(
      'ProjectionInclusionInExclusion',
      'Cannot do inclusion on a computed field in exclusion projection',
    );
  }
  const keepsNothing = included.length === 0 && !isIdKept;
  return (document) => {
    const result = keepsNothing ? {} : { ...applyProjection(projection, document) };
    for (const [name, expression] of computed) {
      const value: Slot = expression(document);
      if (value !== undefined) setField(result, name, value);
    }
    return result;
  };
}

function isExcluded(value: Slot): boolean {
  return value === 0 || value === false;
}

function split(
  document: BsonDocument,
  prefix: string,
  plain: BsonDocument,
  computed: Map<string, Expression>,
): void {
  for (const [key, value] of Object.entries(document)) {
    const path = prefix + key;
    const isNested =
      isDocument(value) && Object.keys(value).length > 0 && Object.keys(value)[0]?.startsWith('$') !== true;
    if (key.split('.').some((part) => part === '' || part.startsWith('$'))) {
      throw new CommandError('BadValue', `invalid field path in $project: ${path}`);
    }
    if (typeof value === 'number' || typeof value === 'boolean') setField(plain, path, value);
    else if (isNested) split(value, `${path}.`, plain, computed);
    else computed.set(path, parseExpression(value));
  }
}
