import type { ClientSession } from '../client-session';
import { awaitRun, type RunOutputOptions } from './await-run';

export interface ScanOptions extends RunOutputOptions {
  readonly server: readonly string[];
  readonly full: boolean;
  readonly force: boolean;
  readonly acceptShrunken: boolean;
}

/** `reelsync scan`: asks the workers to read listings and sync what changed. */
export async function scan(session: ClientSession, options: ScanOptions): Promise<void> {
  const { server, full, force, acceptShrunken } = options;
  const servers = server.length === 0 ? {} : { servers: [...server] };
  const request = { kind: 'scan', full, force, acceptShrunken, ...servers } as const;
  await awaitRun(session, await session.client.requestSync(request, { signal: session.signal }), options);
}
