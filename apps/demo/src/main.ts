import { createLogger, runProcess, type Lifecycle } from '@reelsync/runtime';
import { parseDemoOptions } from './demo-options';
import { summaryTable, type DemoReport } from './demo-report';
import { startDemoStack, type DemoStack } from './demo-stack';
import { changeByWebhook, syncAgain, syncOnce } from './demo-steps';
import { ADMIN_USER } from './reelsync-processes';
import { describeDifferences, verifyCatalogue } from './verify-catalogue';

const options = parseDemoOptions(process.argv);
const logger = createLogger({ name: 'demo', level: 'warn' });

void runProcess({
  logger,
  start: async (lifecycle) => {
    const stack = await startDemoStack(options, lifecycle, say);
    const report = await runSteps(stack);
    printReport(report, stack);
    if (options.once) await finish(lifecycle, report);
    else say('Running until Ctrl-C. Change a title on a sample server, or open Bull Board.');
  },
});

async function runSteps(stack: DemoStack): Promise<DemoReport> {
  say(`\nFirst sync of ${options.titles} films over two servers …`);
  const first = await syncOnce(stack);
  const firstEqual = await isEqual(stack);
  say('Second sync, nothing changed …');
  const secondRun = await syncAgain(stack);
  say('A film changes on a sample server, which sends its webhook …');
  const webhook = await changeByWebhook(stack);
  return { ...first, secondRun, webhook, catalogueEqual: firstEqual && (await isEqual(stack)) };
}

async function isEqual(stack: DemoStack): Promise<boolean> {
  const comparison = await verifyCatalogue(stack.database, stack.servers);
  if (!comparison.equal) say(describeDifferences(comparison));
  return comparison.equal;
}

function printReport(report: DemoReport, stack: DemoStack): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  const { secondRun, webhook } = report;
  process.stdout.write(
    [
      '',
      summaryTable([{ step: 'first sync', counts: report }]),
      `second sync: ${secondRun.planned} planned, ${secondRun.documentWrites} documents written, ` +
        `${secondRun.listingRequests} listing requests, ${secondRun.durationMs} ms`,
      `webhook: the change of '${webhook.title}' was in the catalogue after ${webhook.latencyMs} ms`,
      `catalogue equal to the merged libraries: ${report.catalogueEqual ? 'yes' : 'NO'}`,
      '',
      ...(options.once ? [] : urls(stack)),
    ].join('\n'),
  );
}

function urls({ apiUrl, adminPassword, servers }: DemoStack): string[] {
  return [
    `Bull Board   ${apiUrl}/queues   (user ${ADMIN_USER}, password ${adminPassword})`,
    `Health       ${apiUrl}/health/ready`,
    ...servers.map(({ id, nodeUrl }) => `File server  ${nodeUrl}   (${id})`),
    '',
  ];
}

async function finish(lifecycle: Lifecycle, report: DemoReport): Promise<void> {
  const stopped = await lifecycle.stop();
  process.exitCode = report.catalogueEqual && stopped ? 0 : 1;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
