import { driveBulk, type BulkState } from '@reelsync/admin';
import { ReelsyncError, toReelsyncError } from '@reelsync/core';
import { EXIT_CODES } from '@reelsync/runtime';
import type { ClientSession } from '../client-session';
import { createBulkProgress } from '../output/bulk-progress';
import { print } from '../output/print';
import { awaitRun } from './await-run';
import type { Domain, EnqueueOptions } from './enqueue-options';
import { INVENTORY, namedTitles, titlesOfFile, type TitleSource } from './title-source';

/** Time to say that a request is interrupted, after Ctrl-C. */
const SUSPEND_MS = 5000;

/** Any number of titles, at the pace of the workers; an interrupted request can be resumed. */
export async function enqueueBulk(
  session: ClientSession,
  domain: Domain,
  titles: readonly string[],
  options: EnqueueOptions,
): Promise<void> {
  const { client, signal } = session;
  const opened = await openOrResume(session, domain, options);
  const source = await sourceOf(opened, titles, options.file);
  const progress = createBulkProgress(process.stderr);
  let state: BulkState;
  try {
    state = await driveBulk({
      client,
      id: opened.id,
      titles: source.titles,
      maxBacklog: options.maxBacklog,
      signal,
      onProgress: (latest, isWaiting) => progress.update(latest, source.extentAt(latest), isWaiting),
    });
  } catch (error) {
    progress.stop();
    await suspend(session, opened, options);
    throw error;
  }
  progress.stop();
  if (state.unknown > 0) process.stderr.write(`${describeUnknown(state)}\n`);
  if (options.dryRun || state.runId === undefined) {
    print(state, options, () => `Would enqueue ${state.planned}; ${state.skipped} are there already.`);
  } else {
    await awaitRun(session, { runId: state.runId, status: 'created' }, options);
  }
  if (state.unknown > 0) process.exitCode = EXIT_CODES.failed;
}

function describeUnknown({ unknown, unknownTitles }: BulkState): string {
  const further = unknown - unknownTitles.length;
  const named = unknownTitles.map((title) => `'${title}'`).join(', ');
  const count = unknown === 1 ? '1 title is' : `${unknown} titles are`;
  return `${count} listed by no server: ${named}${further > 0 ? ` and ${further} more` : ''}`;
}

async function sourceOf(
  { source }: BulkState,
  titles: readonly string[],
  file: string | undefined,
): Promise<TitleSource> {
  if (source === 'inventory') return INVENTORY;
  return file === undefined ? namedTitles(titles) : titlesOfFile(file);
}

async function openOrResume(
  { client, signal }: ClientSession,
  domain: Domain,
  options: EnqueueOptions,
): Promise<BulkState> {
  const { resume, all, force, missingOnly, dryRun, operations, season } = options;
  if (resume === undefined) {
    return client.openBulk(
      {
        domain,
        source: all ? 'inventory' : 'titles',
        force,
        missingOnly,
        dryRun,
        ...(operations === undefined ? {} : { operations: [...operations] }),
        ...(season === undefined ? {} : { seasons: [...season] }),
      },
      { signal },
    );
  }
  const state = await client.getBulk({ id: resume }, { signal });
  const needsFile = state.source === 'titles';
  if (state.domain !== domain || needsFile !== (options.file !== undefined)) {
    throw new ReelsyncError(
      'ARGUMENTS_INVALID',
      `Resume it with \`${resumeCommand(state, needsFile ? 'FILE' : undefined)}\`.`,
    );
  }
  return state;
}

/**
 * What was enqueued goes on; the rest waits for --resume. Not with the signal, which has ended everything else. Whatever has
 * ended the request may keep this from being answered as well, and the id stands nowhere else.
 */
async function suspend({ client }: ClientSession, opened: BulkState, options: EnqueueOptions): Promise<void> {
  const stopped = await client
    .suspendBulk({ id: opened.id }, { signal: AbortSignal.timeout(SUSPEND_MS) })
    .then(
      ({ position }) => `Stopped after ${position} titles.`,
      (error: unknown) => {
        const { code, message } = toReelsyncError(error);
        return `Stopped; after how many titles cannot be told now (${code}: ${message}).`;
      },
    );
  process.stderr.write(`${stopped} Go on with \`${resumeCommand(opened, options.file)}\`.\n`);
}

function resumeCommand({ id, domain }: BulkState, file: string | undefined): string {
  return `reelsync enqueue ${domain} --resume ${id}${file === undefined ? '' : ` --file ${file}`}`;
}
