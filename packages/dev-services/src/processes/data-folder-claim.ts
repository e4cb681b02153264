import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DevServiceError, systemCode } from '../dev-service-error';
import {
  endProcess,
  identifyProcess,
  isAlive,
  workingFolderOf,
  type ProcessIdentity,
} from './process-identity';

/** The right of one process to run one service on one data folder. */
export interface DataFolderClaim {
  /** Remembers the service, so that a later start can end it should both it and not this process be left over. */
  recordService(pid: number): Promise<void>;
  release(): Promise<void>;
}

interface ClaimRecord {
  readonly owner: ProcessIdentity;
  readonly service?: ProcessIdentity;
}

const FILE_NAME = 'owner.json';
const TAKE_OVER_ATTEMPTS = 5;
const END_DEADLINE_MS = 5_000;

/**
 * Two servers on one folder would corrupt its data. The claim of a dead process is taken over, after its service has
 * been ended if that still runs. A service is only ever ended when pid, start time and working folder all match.
 */
export async function claimDataFolder(folder: string, serviceName: string): Promise<DataFolderClaim> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, FILE_NAME);
  const owner = await identifyProcess(process.pid);
  for (let attempt = 1; attempt <= TAKE_OVER_ATTEMPTS; attempt += 1) {
    if (await createWhole(file, { owner })) return claimOf(file, owner);
    const text = await readIfPresent(file);
    if (text === undefined) continue;
    const previous = parseRecord(text);
    if (previous !== undefined && (await isAlive(previous.owner)))
      throw inUse(folder, serviceName, previous.owner.pid);
    if (previous?.service !== undefined) await endLeftOver(previous.service, folder);
    if (!(await removeExactly(file, text))) throw inUse(folder, serviceName, undefined);
  }
  throw inUse(folder, serviceName, undefined);
}

function claimOf(file: string, owner: ProcessIdentity): DataFolderClaim {
  return {
    recordService: async (pid) => {
      const draft = `${file}.${randomUUID()}`;
      await writeFile(
        draft,
        JSON.stringify({ owner, service: await identifyProcess(pid) } satisfies ClaimRecord),
      );
      await rename(draft, file);
    },
    release: () => rm(file, { force: true }),
  };
}

/** Creates the file with its full content or not at all; false when it already exists. */
async function createWhole(file: string, record: ClaimRecord): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(record));
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

/** Moves the file away before looking at it: a claim that another process made in between is put back. */
async function removeExactly(file: string, expected: string): Promise<boolean> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) === expected) {
    await rm(aside);
    return true;
  }
  await rename(aside, file);
  return false;
}

async function endLeftOver(service: ProcessIdentity, folder: string): Promise<void> {
  if (service.startTime === null || !(await isAlive(service))) return;
  if ((await workingFolderOf(service.pid)) === (await realpath(folder)))
    await endProcess(service, END_DEADLINE_MS);
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined for a damaged file, which no living owner leaves: it is always written whole. */
function parseRecord(text: string): ClaimRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || !isIdentity(value['owner'])) return undefined;
  const { owner, service } = value;
  return isIdentity(service) ? { owner, service } : { owner };
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (!isObject(value)) return false;
  const { pid, startTime } = value;
  return Number.isSafeInteger(pid) && (startTime === null || typeof startTime === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function inUse(folder: string, serviceName: string, pid: number | undefined): DevServiceError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  return new DevServiceError(
    'DATA_FOLDER_IN_USE',
    `${serviceName} already runs on ${folder}, started by ${holder}; end that process or use another data folder.`,
    'End the other process or use another data folder.',
  );
}
