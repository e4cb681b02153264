import { createQueues, createRedisConnection } from '@reelsync/queue';
import type { Browser, Locator, Page } from 'playwright-core';

import { waitFor } from '../../../tests/support';
import { startBrowser } from '../../../tests/support/chromium';
import { AdminApi, PASSWORD } from './v1/admin-api';

/** Browsers are slow on a busy machine. */
jest.setTimeout(120_000);
/** Downloading one takes its time where there is none yet. */
const BROWSER_TIMEOUT_MS = 300_000;

let browser: Browser;
let api: AdminApi;
beforeAll(async () => {
  browser = await startBrowser();
  api = await AdminApi.start({ withBrokenTitles: false });
}, BROWSER_TIMEOUT_MS);
afterAll(async () => {
  await browser.close();
  await api.close();
});

async function signedIn(path: string): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(`${api.url}/login`);
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/queues**');
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(`${api.url}${path}`);
  return { page, errors };
}

/** The board's buttons above a job's tabs are icons: what they do is said by a tooltip only. */
async function buttonCalled(page: Page, name: string): Promise<Locator> {
  const buttons = page.locator('xpath=(//*[@role="tab"])[1]/preceding::button[position()<=4]');
  for (const button of await buttons.all()) {
    await button.hover();
    const tooltip = page.getByText(name, { exact: true });
    const isShown = await tooltip.waitFor({ timeout: 2000 }).then(
      () => true,
      () => false,
    );
    if (isShown) return button;
  }
  throw new Error(`No button is called ${name}`);
}

test('a title that failed is found by its name in Bull Board, retried there, and ends completed', async () => {
  const { installation } = api;
  const fault = installation.alpha.faults.add({ match: 'metadata', status: 400 });
  await installation.startWorker();
  const { runId } = await installation.requests.requestScan({
    trigger: 'cli',
    urgency: 'person',
    serverIds: ['default', 'server2'],
  });
  expect((await installation.ended(runId)).counts.failed).toBeGreaterThan(0);
  installation.alpha.faults.remove(fault);

  const connection = createRedisConnection(installation.config.redis.url, 'worker');
  const queues = createQueues({ connection, prefix: installation.config.redis.prefix });
  try {
    // The newest one, which the board shows first.
    const [failed] = await queues.movies.getFailed(0, 0);
    const { id = '', data } = failed!;
    const { title } = data as { title: string };
    const { page } = await signedIn('/queues/queue/movies?status=failed');
    await page.getByText(title, { exact: true }).first().waitFor();
    await page.goto(`${api.url}/queues/queue/movies/${id}?status=failed`);
    await page.getByText(title, { exact: true }).first().waitFor();
    await (await buttonCalled(page, 'Retry')).click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    // It is asked for anew and discarded (decision 0028).
    await waitFor(async () => (await queues.movies.getJobState(id)) === 'unknown');
    await waitFor(async () => {
      const completed = await queues.movies.getCompleted();
      return completed.some((job) => (job.data as { title: string }).title === title);
    });
    await page.goto(`${api.url}/queues/queue/movies?status=completed`);
    await page.getByText(title, { exact: true }).first().waitFor();
    await page.close();
  } finally {
    await Promise.all(Object.values(queues).map((queue) => queue.close()));
    connection.disconnect();
  }

  const [entry] = await waitFor(async () => {
    const entries = await installation.database.audit.list({ limit: 1 });
    return entries.length > 0 && entries;
  });
  expect(entry).toMatchObject({
    actor: { kind: 'session', name: 'admin' },
    action: 'failed-jobs.retry',
    details: { queue: 'movies', result: { retried: 1 } },
  });
});

test('the page of the admin API shows every resource, under our content security policy', async () => {
  const { page, errors } = await signedIn('/api/v1/docs');
  for (const tag of ['Sync requests', 'Runs', 'Queues', 'Failed jobs', 'Servers'])
    await page.getByRole('link', { name: tag, exact: true }).first().waitFor();
  expect(errors).toEqual([]);
  await page.close();
});
