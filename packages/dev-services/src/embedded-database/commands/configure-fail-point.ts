import { isDocument, type BsonDocument, type BsonValue, type Slot } from '../bson/value';
import { CommandError } from '../errors';
import type { Reply } from '../wire/message';
import type { Arguments } from './arguments';
import { requireAdmin, type CommandContext } from './context';
import type { FailCommand } from './fail-points';

export function configureFailPoint(args: Arguments, context: CommandContext): Reply {
  requireAdmin(context);
  const name = args.string('configureFailPoint');
  if (name !== 'failCommand') throw new CommandError('BadValue', `unsupported fail point: ${name}`);
  const times = parseMode(args.required('mode'));
  const data = args.optionalDocument('data');
  if (times > 0 && data === undefined) throw new CommandError('BadValue', 'the fail point needs data');
  const failure = times === 0 || data === undefined ? null : parseData(args, data);
  return { count: context.failPoints.set(failure, times) };
}

function parseMode(mode: BsonValue): number {
  if (mode === 'off') return 0;
  if (mode === 'alwaysOn') return Infinity;
  const times: Slot = isDocument(mode) && Object.keys(mode).join() === 'times' ? mode['times'] : undefined;
  if (typeof times === 'number' && Number.isInteger(times) && times > 0) return times;
  throw new CommandError('BadValue', 'unsupported mode of the fail point');
}

function parseData(args: Arguments, document: BsonDocument): FailCommand {
  const data = args.part(document, [
    'failCommands',
    'errorCode',
    'closeConnection',
    'blockConnection',
    'blockTimeMS',
  ]);
  const commands = data.required('failCommands');
  if (!Array.isArray(commands) || !commands.every((command) => typeof command === 'string')) {
    throw new CommandError('TypeMismatch', 'failCommands must be an array of command names');
  }
  return {
    commands,
    errorCode: data.get('errorCode') === undefined ? null : data.count('errorCode', 0),
    closeConnection: data.boolean('closeConnection', false),
    blockMs: data.boolean('blockConnection', false) ? data.count('blockTimeMS', 0) : 0,
  };
}
