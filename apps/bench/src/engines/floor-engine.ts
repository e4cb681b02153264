import type { ReelsyncConfig } from '@reelsync/config';
import { connectDatabase, type DatabaseConnection } from '@reelsync/database';
import { Pool } from 'undici';
import { bareHeaders } from '../measure/bare-request';
import { loadPlan, type FloorCollection } from './floor-plan';
import type { OpenEngine } from './open-engine';

/** Most operations of one bare bulkWrite. */
const BULK_SIZE = 1000;

/** Requests of one server over its allowed number of connections. */
interface Lane {
  readonly pool: Pool;
  readonly connections: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly paths: string[];
}

/**
 * The least that any synchronisation has to do: the same URLs with bare undici at the same limit of connections, the same
 * documents with bare bulkWrite, both at once, and no logic at all.
 */
export const openFloorEngine: OpenEngine = async (config, [planFile]) => {
  if (planFile === undefined) throw new Error('the floor needs the file of its plan');
  const plan = await loadPlan(planFile);
  const connection = await connectDatabase({ ...config.database, appName: 'reelsync-bench-floor' });
  const lanes = lanesOf(config, plan.urls);
  return {
    run: async () => {
      await Promise.all([...lanes.map(fetchAll), writeAll(connection, plan.collections)]);
      return { failed: 0 };
    },
    close: async () => {
      await Promise.all(lanes.map(({ pool }) => pool.close()));
      await connection.close();
    },
  };
};

function lanesOf(config: ReelsyncConfig, urls: readonly string[]): Lane[] {
  return config.servers.map((server) => {
    const { origin } = new URL(server.baseUrl);
    return {
      pool: new Pool(origin, { connections: server.concurrency }),
      connections: server.concurrency,
      headers: bareHeaders(server),
      paths: urls.filter((url) => url.startsWith(`${origin}/`)).map((url) => url.slice(origin.length)),
    };
  });
}

async function fetchAll({ pool, connections, headers, paths }: Lane): Promise<void> {
  const queue = paths.values();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (const path of queue) {
        const { body } = await pool.request({ path, method: 'GET', headers });
        await body.dump({ limit: Number.MAX_SAFE_INTEGER });
      }
    }),
  );
}

async function writeAll(
  { catalogue, state }: DatabaseConnection,
  collections: readonly FloorCollection[],
): Promise<void> {
  for (const { database, name, documents } of collections) {
    const collection = (database === 'catalogue' ? catalogue : state).collection(name);
    for (let start = 0; start < documents.length; start += BULK_SIZE) {
      const operations = documents
        .slice(start, start + BULK_SIZE)
        .map((document) => ({ insertOne: { document } }));
      await collection.bulkWrite(operations, { ordered: false });
    }
  }
}
