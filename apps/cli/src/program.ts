import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { OPERATIONS, ReelsyncError, type Operation } from '@reelsync/core';
import { DELIVERY_OUTCOMES, RUN_STATUSES } from '@reelsync/database';
import { QUEUE_NAMES, type QueueName } from '@reelsync/queue';
import { CONTENT_KINDS } from '@reelsync/sync';
import { withClient, type ClientSession, type TargetOptions } from './client-session';
import type { RunOutputOptions } from './commands/await-run';
import { compare, type CompareOptions } from './commands/compare';
import { showConfig } from './commands/config';
import { DOMAINS, type Domain, type EnqueueOptions } from './commands/enqueue-options';
import { enqueueTitles } from './commands/enqueue-titles';
import {
  discardFailed,
  listFailed,
  retryFailed,
  type ChangeFailedJobsOptions,
  type FailedJobsOptions,
  type RetryFailedJobsOptions,
} from './commands/failed-jobs';
import { needsSync, type NeedsSyncOptions } from './commands/needs-sync';
import { cancelRun, listRuns, showRun, watchRun, type ListRunsOptions } from './commands/runs';
import { changeQueue, limitQueue, listQueues } from './commands/queues';
import { scan, type ScanOptions } from './commands/scan';
import { changeSchedule, listSchedules, runSchedule } from './commands/schedules';
import { stats } from './commands/stats';
import { status } from './commands/status';
import { upgrades } from './commands/upgrades';
import { ENGINES, sync, type SyncOptions } from './commands/sync';
import { webhookLog, type WebhookLogOptions } from './commands/webhook-log';
import type { OutputOptions } from './output/print';
import { withDatabase, withSession } from './session';

/** Enough work for the workers, little enough for Redis (about a kilobyte per job). */
const DEFAULT_MAX_BACKLOG = 10_000;

/** Runs a command directly or over the API, as the program's options say. */
type OverClient = (use: (session: ClientSession) => Promise<void>) => Promise<void>;

/** They read the databases themselves; with an address they would answer for another installation than the one named. */
const DIRECT_COMMANDS: ReadonlySet<string> = new Set([
  'sync',
  'stats',
  'needs-sync',
  'upgrades',
  'compare',
  'config',
]);

function refuseUrl({ url }: TargetOptions, command: string): void {
  if (url === undefined || !DIRECT_COMMANDS.has(command)) return;
  const message = `'${command}' works directly only: leave --url away and give it MONGODB_URI`;
  throw new ReelsyncError('ARGUMENTS_INVALID', message);
}

/** The `reelsync` command. Results go to stdout, progress and logs to stderr. */
export function buildProgram(): Command {
  const program = new Command('reelsync')
    .description('Keeps a MongoDB media catalogue equal to what a set of media file servers hold.')
    .version(ownVersion())
    .showHelpAfterError()
    .option('--url <url>', 'work over the API at this address instead of directly (or REELSYNC_URL)')
    .option('--token <token>', 'token for the API (better: REELSYNC_TOKEN)');
  program.hook('preAction', (_, command) => refuseUrl(program.opts<TargetOptions>(), command.name()));
  const overClient: OverClient = (use) => withClient(program.opts<TargetOptions>(), use);

  program
    .command('scan')
    .description('read the listings of the file servers and sync every title that changed')
    .option('--server <id...>', 'only these servers', [])
    .option('--full', 'compare every title, not only those whose listing changed', false)
    .option('--force', 'apply every title again and read all metadata anew', false)
    .option('--accept-shrunken', 'believe a listing that lost most of its titles', false)
    .option('--no-wait', 'return as soon as the scan is enqueued')
    .option('--json', 'print one JSON object on stdout', false)
    .action((options: ScanOptions) => overClient((session) => scan(session, options)));

  program
    .command('sync')
    .description('sync everything that the file servers list, and wait for it')
    .addOption(
      new Option(
        '--engine <engine>',
        'queue: a scan by the workers; flat: here, one title after the other, without Redis (default: SYNC_ENGINE)',
      ).choices(ENGINES),
    )
    .option('--force', 'apply every title again and read all metadata anew', false)
    .option('--accept-shrunken', 'believe a listing that lost most of its titles', false)
    .option('--json', 'print one JSON object on stdout', false)
    .action((options: SyncOptions) => sync(options));

  const enqueue = program.command('enqueue').description('put titles on the queue');
  for (const domain of DOMAINS) enqueue.addCommand(enqueueCommand(domain, overClient));
  addFailedJobCommands(program, overClient);
  program.addCommand(queuesCommand(overClient));

  program.addCommand(runsCommand(overClient));
  program.addCommand(schedulesCommand(overClient));

  program
    .command('status')
    .description('show queues, servers, catalogue and the latest runs')
    .option('--json', 'print one JSON object on stdout', false)
    .action((options: { json: boolean }) => overClient((session) => status(session, options)));

  addStatistics(program);
  program.addCommand(webhooksCommand(overClient));
  addComparison(program);

  program
    .command('config')
    .description('print the settings in effect as JSON, with secrets masked')
    .option('--json', 'the only form there is')
    .action(() => showConfig());

  return program;
}

/** What package.json says, which lies beside the folder of the sources as well as of the built program. */
function ownVersion(): string {
  const manifest = readFileSync(join(__dirname, '../package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

function runsCommand(overClient: OverClient): Command {
  const runs = new Command('runs').description('what was asked for, and what became of it');
  runs
    .command('list')
    .description('the latest runs, newest first')
    .option('--limit <count>', 'how many', parseCount, 20)
    .addOption(new Option('--status <status>', 'only these').choices(RUN_STATUSES))
    .option('--json', 'print one JSON array on stdout', false)
    .action((options: ListRunsOptions) => overClient((session) => listRuns(session, options)));
  for (const { name, description, act } of RUN_ACTIONS) {
    runs
      .command(name)
      .description(description)
      .argument('<run>', 'id of the run')
      .option('--json', 'print one JSON object on stdout', false)
      .action((runId: string, options: OutputOptions) =>
        overClient((session) => act(session, runId, options)),
      );
  }
  return runs;
}

const RUN_ACTIONS = [
  { name: 'show', description: 'one run with its counts and failures', act: showRun },
  {
    name: 'cancel',
    description: 'take a request back; titles that are being synced are finished',
    act: cancelRun,
  },
  { name: 'watch', description: 'follow a run until it has ended', act: watchRun },
] as const;

function schedulesCommand(overClient: OverClient): Command {
  const schedules = new Command('schedules').description('what happens by itself');
  schedules
    .command('list')
    .description('all schedules, when they tick next and what became of the last tick')
    .option('--json', 'print one JSON array on stdout', false)
    .action((options: OutputOptions) => overClient((session) => listSchedules(session, options)));
  schedules
    .command('run')
    .description('do now what a schedule is for, also while it is paused or off')
    .argument('<schedule>', 'for instance sweep or scan/default')
    .option('--no-wait', 'return as soon as it is enqueued')
    .option('--json', 'print one JSON object on stdout', false)
    .action((id: string, options: RunOutputOptions) =>
      overClient((session) => runSchedule(session, id, options)),
    );
  for (const change of ['pause', 'resume'] as const) {
    schedules
      .command(change)
      .description(
        change === 'pause' ? 'let its ticks do nothing, until it is resumed' : 'let its ticks work again',
      )
      .argument('<schedule>', 'for instance sweep or scan/default')
      .option('--json', 'print one JSON object on stdout', false)
      .action((id: string, options: OutputOptions) =>
        overClient((session) => changeSchedule(session, change, id, options)),
      );
  }
  return schedules;
}

function addStatistics(program: Command): void {
  program
    .command('stats')
    .description('count what the catalogue holds, what needs sync, and what the queues do')
    .option('--json', 'print one JSON object on stdout', false)
    .action((options: { json: boolean }) => withSession((session) => stats(session, options)));

  program
    .command('needs-sync')
    .description('list what is not in step with the servers, cannot be watched, or is otherwise incomplete')
    .addOption(new Option('--kind <kind...>', 'only these').choices(CONTENT_KINDS))
    .option('--missing-assets', 'also what lacks an image', false)
    .option('--older-than <days>', 'also what was not written for so many days', parseCount)
    .option('--limit <n>', 'items of each kind', parseCount, 100)
    .option('--json', 'print one JSON object on stdout', false)
    .action((options: NeedsSyncOptions) => withSession((session) => needsSync(session, options)));

  program
    .command('upgrades')
    .description('list films whose file a better one could replace')
    .option('--limit <n>', 'films', parseCount, 100)
    .option('--json', 'print one JSON object on stdout', false)
    .action((options: { json: boolean; limit: number }) =>
      withSession((session) => upgrades(session, options)),
    );
}

function addComparison(program: Command): void {
  program
    .command('compare')
    .description('measure this engine against flat sync in scratch databases; the catalogue is not touched')
    .argument('[titles...]', 'folder names of one server; none: a sample of what it lists')
    .option('--server <id>', 'the server that lists them (default: the first one)')
    .option('--rounds <n>', 'how often each engine runs', parseCount, 3)
    .option('--limit <n>', 'titles of the sample', parseCount, 50)
    .option('--json', 'print one JSON object on stdout', false)
    .action((titles: string[], options: CompareOptions) =>
      withDatabase(
        (session) => compare(session, titles, options),
        'The scratch databases were dropped; nothing else was written.',
      ),
    );
}

function parseCount(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError(`'${value}' is not a number from 1.`);
  return Number(value);
}

const ENQUEUE_TEXTS: Readonly<Record<Domain, { readonly description: string; readonly all: string }>> = {
  movies: { description: 'sync movies by folder name', all: 'every movie that a server lists' },
  shows: {
    description: 'sync shows by folder name, and what has changed of their seasons and episodes',
    all: 'every show that a server lists',
  },
  seasons: {
    description: "sync seasons by their show's folder name",
    all: 'every season that a server lists',
  },
  episodes: {
    description: "sync episodes by their show's folder name",
    all: 'every episode that a server lists',
  },
};

function enqueueCommand(domain: Domain, overClient: OverClient): Command {
  const { description, all } = ENQUEUE_TEXTS[domain];
  const command = new Command(domain)
    .description(description)
    .argument('[titles...]', 'folder names, exactly as on the servers')
    .option('--all', all, false)
    .option('--file <file>', 'one folder name per line; - reads stdin')
    .option('--force', 'apply again and read all metadata anew', false)
    .option(
      '--operations <list>',
      `only these, separated by commas: ${OPERATIONS.join(', ')}`,
      parseOperations,
    )
    .option('--missing-only', 'leave out what the catalogue has already', false)
    .option('--dry-run', 'only count what would be enqueued', false)
    .option('--resume <id>', 'go on with an interrupted request of --file or --all')
    .option(...MAX_BACKLOG)
    .option('--no-wait', 'return as soon as the titles are enqueued')
    .option('--json', 'print one JSON object on stdout', false)
    .action((titles: string[], options: EnqueueOptions) =>
      overClient((session) => enqueueTitles(session, domain, titles, options)),
    );
  if (domain === 'seasons' || domain === 'episodes')
    command.option('--season <list>', 'only these season numbers, separated by commas', (value) =>
      parseNumbers(value, 'season', 0),
    );
  if (domain === 'episodes')
    command.option(
      '--episode <list>',
      'only these episode numbers of one season, separated by commas',
      (value) => parseNumbers(value, 'episode', 1),
    );
  return command;
}

function webhooksCommand(overClient: OverClient): Command {
  const webhooks = new Command('webhooks').description('what programs have pushed to the API');
  webhooks
    .command('log')
    .description('show deliveries and what became of each, newest first')
    .option('--limit <number>', 'at most so many', parsePositive, 50)
    .addOption(new Option('--outcome <outcome>', 'only these').choices(DELIVERY_OUTCOMES))
    .option('--json', 'print one JSON array on stdout', false)
    .action((options: WebhookLogOptions) => overClient((session) => webhookLog(session, options)));
  return webhooks;
}

function addFailedJobCommands(program: Command, overClient: OverClient): void {
  failedJobsCommand(program.command('failed').description('list the jobs that failed for good'))
    .option('--limit <jobs>', 'no more than this (default: 100)', parsePositive)
    .action((options: FailedJobsOptions) => overClient((session) => listFailed(session, options)));
  changeFailedJobsCommand(program.command('retry').description('put failed jobs back on their queues'))
    .option(...MAX_BACKLOG)
    .action((ids: string[], options: RetryFailedJobsOptions) =>
      overClient((session) => retryFailed(session, ids, options)),
    );
  changeFailedJobsCommand(
    program.command('discard').description('remove failed jobs; a later scan finds what is dirty'),
  ).action((ids: string[], options: ChangeFailedJobsOptions) =>
    overClient((session) => discardFailed(session, ids, options)),
  );
}

const MAX_BACKLOG = [
  '--max-backlog <jobs>',
  'add nothing while this many jobs wait on the queue',
  parsePositive,
  DEFAULT_MAX_BACKLOG,
] as const;

function changeFailedJobsCommand(command: Command): Command {
  return failedJobsCommand(command)
    .argument('[ids...]', 'ids of jobs, as `reelsync failed` shows them')
    .option('--all', 'all failed jobs', false)
    .option('--limit <jobs>', 'no more than this', parsePositive);
}

function failedJobsCommand(command: Command): Command {
  return command
    .option('--queue <queue>', `only of this queue: ${QUEUE_NAMES.join(', ')}`)
    .option('--code <code>', 'only with this error code, for instance METADATA_INVALID')
    .option('--server <id>', 'only those that failed because of this server')
    .option('--title <text>', 'only titles with this in their folder name')
    .option('--json', 'print one JSON object on stdout', false);
}

function queuesCommand(overClient: OverClient): Command {
  const json = ['--json', 'print one JSON object on stdout', false] as const;
  const queue = () => new Argument('<queue>').choices(QUEUE_NAMES);
  const command = new Command('queues').description('show the queues, or pause, resume and limit them');
  command
    .command('list', { isDefault: true })
    .description('every queue with its jobs by state')
    .option(...json)
    .action((options: OutputOptions) => overClient((session) => listQueues(session, options)));
  for (const change of ['pause', 'resume'] as const) {
    command
      .command(change)
      .description(change === 'pause' ? 'begin no further job; running ones finish' : 'go on')
      .addArgument(queue())
      .option(...json)
      .action((name: QueueName, options: OutputOptions) =>
        overClient((session) => changeQueue(session, change, name, options)),
      );
  }
  command
    .command('limit')
    .description('limit the jobs that run at the same time over all workers')
    .addArgument(queue())
    .argument('<jobs>', 'how many, or `none`', (value: string) =>
      value === 'none' ? null : parsePositive(value),
    )
    .option(...json)
    .action((name: QueueName, limit: number | null, options: OutputOptions) =>
      overClient((session) => limitQueue(session, name, limit, options)),
    );
  return command;
}

function parsePositive(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError(`'${value}' is not a positive number.`);
  return Number(value);
}

function parseNumbers(value: string, what: 'season' | 'episode', least: number): number[] {
  return value.split(',').map((text) => {
    const number = /^\d+$/.test(text.trim()) ? Number(text) : undefined;
    if (number === undefined || number < least)
      throw new InvalidArgumentError(`'${text}' is no ${what} number.`);
    return number;
  });
}

function parseOperations(value: string): Operation[] {
  return value.split(',').map((name) => {
    const operation = OPERATIONS.find((known) => known === name.trim());
    if (operation === undefined)
      throw new InvalidArgumentError(`'${name}' is none of ${OPERATIONS.join(', ')}.`);
    return operation;
  });
}
