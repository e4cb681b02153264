import { supportedOperations } from '@reelsync/dev-services';

type Values = Record<string, unknown>;

/**
 * Commands, fields and operators of a recorded command that the embedded development database does not implement. A
 * repository that used one would work against MongoDB only, and nobody without one would notice.
 */
export function unsupportedOperations(commandName: string, command: Values): string[] {
  const fields = (supportedOperations.commands as Record<string, readonly string[]>)[commandName];
  if (fields === undefined) return [`command ${commandName}`];
  const known = [commandName, ...fields, ...supportedOperations.commonFields];
  return [
    ...Object.keys(command)
      .filter((field) => !known.includes(field) && field !== '$clusterTime' && field !== 'txnNumber')
      .map((field) => `${commandName}.${field}`),
    ...inQuery(command['filter']),
    ...inQuery(command['query']),
    ...listOf(command['updates']).flatMap(({ q, u }) => [...inQuery(q), ...inUpdate(u)]),
    ...listOf(command['deletes']).flatMap(({ q }) => inQuery(q)),
    ...inUpdate(command['update']),
    ...listOf(command['pipeline']).flatMap(inStage),
  ];
}

function inStage(stage: Values): string[] {
  return Object.entries(stage).flatMap(([name, value]) => [
    ...unknown([name], supportedOperations.aggregationStages, 'stage'),
    ...(name === '$match'
      ? inQuery(value)
      : unknown(
          dollarKeys(value),
          [...supportedOperations.accumulators, ...supportedOperations.expressions],
          'expression',
        )),
  ]);
}

function inQuery(query: unknown): string[] {
  const listed = [...supportedOperations.queryOperators, ...supportedOperations.logicalOperators];
  return unknown(dollarKeys(query), listed, 'query operator');
}

/** Only the operators: what is written is data. */
function inUpdate(update: unknown): string[] {
  if (typeof update !== 'object' || update === null) return [];
  return unknown(Object.keys(update), supportedOperations.updateOperators, 'update operator');
}

function unknown(names: readonly string[], listed: readonly string[], what: string): string[] {
  return names.filter((name) => !listed.includes(name)).map((name) => `${what} ${name}`);
}

function dollarKeys(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(dollarKeys);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return [];
  return Object.entries(value).flatMap(([key, member]) => [
    ...(key.startsWith('$') ? [key] : []),
    ...dollarKeys(member),
  ]);
}

function listOf(value: unknown): Values[] {
  return Array.isArray(value) ? (value as Values[]) : [];
}
