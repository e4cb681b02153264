import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFile, writeFile } from 'node:fs/promises';
import { BSON, type Db, type Document } from 'mongodb';
import { z } from 'zod';

/** Everything that an engine asked for and wrote, so that the same can be done without an engine. */
export interface FloorPlan {
  readonly urls: readonly string[];
  readonly collections: readonly FloorCollection[];
}

export interface FloorCollection {
  readonly database: 'catalogue' | 'state';
  readonly name: string;
  readonly documents: readonly Document[];
}

/** Records of the run itself are no result of it. */
const BOOKKEEPING = new Set(['runs', 'runUnits']);

const requestSchema = z.object({
  request: z.object({ origin: z.union([z.string(), z.instanceof(URL)]), path: z.string() }),
});

/** Notes every URL that this process requests through undici, until it is stopped. */
export function recordUrls(): { stop(): readonly string[] } {
  const urls: string[] = [];
  const note = (message: unknown): void => {
    const { origin, path } = requestSchema.parse(message).request;
    urls.push(new URL(path, origin).href);
  };
  subscribe('undici:request:create', note);
  return {
    stop: () => {
      unsubscribe('undici:request:create', note);
      return urls;
    },
  };
}

/** What stands in both databases now. */
export async function readDocuments(databases: {
  readonly catalogue: Db;
  readonly state: Db;
}): Promise<FloorCollection[]> {
  const collections: FloorCollection[] = [];
  for (const database of ['catalogue', 'state'] as const) {
    const db = databases[database];
    for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
      if (BOOKKEEPING.has(name)) continue;
      collections.push({ database, name, documents: await db.collection(name).find().toArray() });
    }
  }
  return collections;
}

export async function savePlan(file: string, plan: FloorPlan): Promise<void> {
  await writeFile(file, BSON.EJSON.stringify(plan, { relaxed: false }));
}

const planSchema = z.object({
  urls: z.array(z.string()),
  collections: z.array(
    z.object({
      database: z.enum(['catalogue', 'state']),
      name: z.string(),
      documents: z.array(z.record(z.string(), z.unknown())),
    }),
  ),
});

export async function loadPlan(file: string): Promise<FloorPlan> {
  return planSchema.parse(BSON.EJSON.parse(await readFile(file, 'utf8'), { relaxed: false }));
}
