import { loadConfig } from '@reelsync/config';
import { withClient } from '../client-session';
import { withDatabase } from '../session';
import { flatSync } from './flat-sync';
import { scan } from './scan';

export const ENGINES = ['queue', 'flat'] as const;

export interface SyncOptions {
  readonly engine?: (typeof ENGINES)[number];
  readonly force: boolean;
  readonly acceptShrunken: boolean;
  readonly json: boolean;
}

/** `reelsync sync`: brings the whole catalogue up to date with the engine that is asked for or configured. */
export function sync({ engine, ...options }: SyncOptions): Promise<void> {
  const chosen = engine ?? loadConfig({ env: process.env, cwd: process.cwd() }).sync.engine;
  switch (chosen) {
    case 'queue':
      return withClient({}, (session) => scan(session, { ...options, server: [], full: false, wait: true }));
    case 'flat':
      return withDatabase(
        (session) => flatSync(session, options),
        'What was written stays; the next run does the rest.',
      );
  }
}
