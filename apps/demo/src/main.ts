import { relative } from 'node:path';
import { DevServiceError } from '@reelsync/dev-services';
import { createLogger, EXIT_CODES, runProcess } from '@reelsync/runtime';
import { enqueueAll } from './bulk-step';
import { parseDemoOptions } from './demo-options';
import { isSuccess, reportText, type DemoReport } from './demo-report';
import { startDemoStack, type DemoStack } from './demo-stack';
import { syncAgain, syncOnce } from './demo-steps';
import { ADMIN_USER } from '@reelsync/dev-installation';
import { retryFailedTitle } from './retry-step';
import { changeBySchedule, SCAN_INTERVAL, SCAN_SCHEDULES } from './schedule-step';
import { describeDifferences, verifyCatalogue } from './verify-catalogue';
import { changeByWebhook } from './webhook-step';

const options = parseDemoOptions(process.argv);
const logger = createLogger({ name: 'demo', level: 'warn' });

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say('\nStopping …');
    interrupt.abort();
  });
}

void runProcess({
  logger,
  start: async (lifecycle) => {
    try {
      const stack = await startDemoStack(options, lifecycle, say);
      const report = await runSteps(stack);
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `\n${reportText(report)}\n`);
      if (options.once) {
        const stopped = await lifecycle.stop();
        process.exitCode = isSuccess(report) && stopped ? 0 : 1;
      } else {
        say(invitation(stack));
      }
    } catch (error) {
      // What is being stopped fails in all kinds of ways; the person who stopped it wants to read none of them.
      if (interrupt.signal.aborted) return;
      say(`\n${error instanceof Error ? error.message : String(error)}`);
      if (error instanceof DevServiceError && error.code === 'DATA_FOLDER_IN_USE')
        say('With --data-dir FOLDER a second demo runs beside it.');
      await lifecycle.stop();
      process.exitCode = EXIT_CODES.failed;
    }
  },
});

async function runSteps(stack: DemoStack): Promise<DemoReport> {
  const { signal } = interrupt;
  say('\nFirst sync, of two servers …');
  const first = await syncOnce(stack, signal);
  const firstEqual = await isEqual(stack);
  say('Second sync: nothing has changed …');
  const secondRun = await syncAgain(stack, signal);
  say('Webhook: three films and an episode change on a sample server …');
  const { run: byWebhook, ...webhook } = await changeByWebhook(stack, signal);
  say('Schedule: a poster changes and nobody is told; the next scheduled scan finds it …');
  const schedule = await changeBySchedule(stack, webhook.titles[0] ?? webhook.title, signal);
  say('Bulk: every film once more, with `reelsync enqueue movies --all` …');
  const bulk = await enqueueAll(stack, signal);
  say(`Retry: a server refuses '${webhook.title}' once; mended, \`reelsync retry\` takes it up again …`);
  const retry = await retryFailedTitle(stack, webhook.title, signal);
  return {
    ...first,
    secondRun,
    webhook,
    producers: { schedule, webhook: byWebhook, bulk, retry },
    documents: await countDocuments(stack),
    catalogueEqual: firstEqual && (await isEqual(stack)),
  };
}

async function isEqual(stack: DemoStack): Promise<boolean> {
  const differences = describeDifferences(await verifyCatalogue(stack.database, stack.servers));
  differences.forEach(say);
  return differences.length === 0;
}

async function countDocuments({ database }: DemoStack): Promise<DemoReport['documents']> {
  const { movies, tvShows, seasons, episodes } = database;
  return {
    movies: await movies.count(),
    shows: await tvShows.count(),
    seasons: await seasons.count(),
    episodes: await episodes.count(),
  };
}

/** Where to look, and how to make something happen. */
function invitation({ apiUrl, adminPassword, servers, shellEnvironment }: DemoStack): string {
  const [{ controlUrl, webhookId }] = servers;
  const control = (command: object): string =>
    `  curl ${controlUrl}/__control -H 'X-Webhook-ID: ${webhookId}' \\\n    -d '${JSON.stringify(command)}'`;
  const settings = relative(process.cwd(), shellEnvironment);
  return [
    `Bull Board   ${apiUrl}/queues   user ${ADMIN_USER}, password ${adminPassword}`,
    `Health       ${apiUrl}/health/ready`,
    '',
    'The command line on this demo, in another terminal:',
    `  . ${settings} && npx reelsync status`,
    '',
    'Change an episode on a file server, let the server send its webhook, and watch the queues:',
    control({
      action: 'mutate',
      mutation: {
        type: 'replaceThumbnail',
        title: 'Breaking Point',
        season: 'Season 1',
        episode: 'S01E01',
      },
    }),
    control({ action: 'sendSyncWebhook', frontendUrl: apiUrl }),
    '',
    `Or let the schedule find it, with a scan every ${SCAN_INTERVAL}:`,
    `  . ${settings} && npx reelsync schedules resume ${SCAN_SCHEDULES[0]}`,
    '',
    'Running until Ctrl-C.',
  ].join('\n');
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
