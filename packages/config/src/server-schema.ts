import { DEFAULT_SERVER_TIMEOUTS, normalizePrefix } from '@reelsync/core';
import { z } from 'zod';

import { SCHEDULE, schedule } from './schedule-values';
import { boolean, httpUrl, integer, setting, webhookIdList } from './values';

const TEN_MINUTES_MS = 600_000;

function timeout(defaultMs: number, meaning: string) {
  return setting(integer(1, TEN_MINUTES_MS).default(defaultMs), {
    expected: 'milliseconds, an integer from 1 to 600000',
    meaning,
  });
}

const timeouts = z.strictObject({
  listingMs: timeout(
    DEFAULT_SERVER_TIMEOUTS.listingMs,
    'Until the listing starts to arrive, and the longest silence in it.',
  ),
  metadataMs: timeout(DEFAULT_SERVER_TIMEOUTS.metadataMs, 'For a metadata file.'),
  blurhashMs: timeout(DEFAULT_SERVER_TIMEOUTS.blurhashMs, 'For a blurhash file.'),
  availabilityMs: timeout(DEFAULT_SERVER_TIMEOUTS.availabilityMs, 'For a check that a file exists.'),
});

/** One entry of `servers` in the file; the environment is brought into the same shape. */
export const serverSchema = z.strictObject({
  id: setting(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/), {
    expected: 'letters, digits, `-` and `_`, starting with a letter or digit',
    meaning: 'Stable name of the server: the catalogue and the state refer to it.',
  }),
  baseUrl: setting(httpUrl(), {
    env: 'FILE_SERVER_URL[_n]',
    expected: 'an http:// or https:// URL without query',
    meaning: 'Static files; public, because these URLs are what the catalogue holds.',
  }),
  nodeUrl: setting(httpUrl(), {
    env: 'NODE_SERVER_URL[_n]',
    expected: 'an http:// or https:// URL without query',
    meaning: 'JSON API with the listings.',
  }),
  internalUrl: setting(httpUrl().optional(), {
    env: 'NODE_SERVER_INTERNAL_URL[_n]',
    expected: 'an http:// or https:// URL without query',
    meaning: 'Private address of the JSON API.',
  }),
  prefix: setting(
    z
      .string()
      .regex(/^[^\s?#\\]*$/)
      .transform(normalizePrefix)
      .default(''),
    {
      env: 'FILE_SERVER_PREFIX_PATH[_n]',
      expected: 'a path without white space',
      meaning: 'Path under which the server publishes its files, e.g. `/media`.',
    },
  ),
  priority: setting(integer(0, 1_000_000).optional(), {
    expected: 'an integer from 0 to 1000000',
    meaning: 'Lower wins. Left out: the position in the list; in the environment: the number of the server.',
  }),
  enabled: setting(boolean().default(true), {
    expected: 'true or false',
    meaning: 'A disabled server is neither read nor used.',
  }),
  webhookId: setting(webhookIdList().optional(), {
    env: 'WEBHOOK_ID[_n]',
    secret: true,
    expected: 'printable ASCII text, or a comma-separated list of such',
    meaning: 'Shared secret for both directions. Of a list all are accepted and the first one is sent.',
  }),
  concurrency: setting(integer(1, 1000).optional(), {
    expected: 'an integer from 1 to 1000',
    meaning: 'Simultaneous requests to this server. Left out: `serverDefaults.concurrency`.',
  }),
  scan: setting(schedule().optional(), {
    env: 'SYNC_SCHEDULE_SCAN[_n]',
    expected: SCHEDULE,
    meaning: 'When this server is scanned for changes. Left out: `schedules.scan`.',
  }),
  timeouts: timeouts.prefault({}),
});

export type ServerSettings = z.output<typeof serverSchema>;
