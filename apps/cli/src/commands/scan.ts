import type { ClientSession } from '../client-session';
import type { ReelsyncConfig } from '@reelsync/config';
import { ReelsyncError } from '@reelsync/core';
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

/** The servers that are named, else all that are enabled; at least one. */
export function requireServers({ servers }: ReelsyncConfig, named: readonly string[]): readonly string[] {
  const enabled = servers.filter(({ enabled: isEnabled }) => isEnabled).map(({ id }) => id);
  const unknown = named.filter((id) => !enabled.includes(id));
  if (unknown.length > 0 || enabled.length === 0) {
    throw new ReelsyncError(
      'SERVER_NOT_CONFIGURED',
      enabled.length === 0
        ? 'No file server is configured and enabled.'
        : `Not configured or not enabled: ${unknown.join(', ')}. Configured: ${enabled.join(', ')}.`,
    );
  }
  return named.length > 0 ? named : enabled;
}
