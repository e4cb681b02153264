import { z } from 'zod';

import { secret, setting, token } from './values';

/** Of the machine that Radarr or Sonarr runs on: POSIX, a drive of Windows, or a share. */
const ABSOLUTE_PATH = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/;

/** One entry of `webhooks.sources` in the file. */
export const webhookSourceSchema = z.strictObject({
  id: setting(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/), {
    expected: 'letters, digits, `-` and `_`, starting with a letter or digit',
    meaning:
      'Last part of the address that the instance sends to: `/webhooks/radarr/ID` or `/webhooks/sonarr/ID`.',
  }),
  kind: setting(z.enum(['radarr', 'sonarr']), {
    expected: 'radarr or sonarr',
    meaning: 'What sends the webhooks.',
  }),
  secret: setting(secret(8), {
    secret: true,
    expected: 'at least 8 characters',
    meaning: 'Sent as password (Basic) or in the header `X-Webhook-Secret`.',
  }),
  username: setting(token().optional(), {
    expected: 'text without white space',
    meaning: 'User name that goes with the password; left out: any.',
  }),
  server: setting(z.string().optional(), {
    expected: 'the id of a configured server',
    meaning: 'Server that serves what the instance keeps; left out: all of them do.',
  }),
  roots: setting(z.array(z.string().regex(ABSOLUTE_PATH)).min(1), {
    expected: 'a list of absolute paths',
    meaning:
      'Root folders, as the instance calls them. The folder right under one of them is the title; titles elsewhere are ignored.',
  }),
});
