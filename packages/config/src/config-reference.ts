import { z } from 'zod';

import { listSettings, type Setting } from './problems';
import { serverSchema } from './server-schema';
import { settingsSchema } from './settings-schema';
import { webhookSourceSchema } from './webhook-source-schema';

const HEADER = ['Environment', 'File', 'Expected', 'Default', 'Meaning'];

const INTRODUCTION = `# Configuration

Reelsync reads its settings once, when it starts, and reports everything that is wrong together. They come from

1. the environment,
2. \`.env\` in the working directory (a variable of the environment wins over one in this file),
3. \`reelsync.config.json\`, \`.yaml\` or \`.yml\` in the working directory, or the file that \`REELSYNC_CONFIG\` names
   (a variable wins over a setting in the file).

An empty variable counts as not set. In the file, \`\${NAME}\` inside a text stands for the environment variable of that
name, so that secrets can stay out of it. \`reelsync config\` shows what is in effect, with secrets masked.
[examples/reelsync.config.yaml](examples/reelsync.config.yaml) is a file to begin with.

This page is generated from the schemas in \`packages/config\`; \`npm run docs -w @reelsync/config\` writes it anew.`;

const SERVERS = `## Servers

Each entry of \`servers\` in the file has the settings below. When the file lists no servers, they come from the
environment: the variables without a number are the server \`default\` with priority 1, those ending in \`_2\`, \`_3\` … are
\`server2\`, \`server3\` … with the number as priority. Reading stops at the first number without a \`NODE_SERVER_URL_n\`;
a warning names each server behind it. A server that is read needs both addresses: none falls back on localhost
([decision 0033](decisions/0033-what-an-existing-env-may-hold.md)). When both list servers, those of the file are used and
a warning says so. A \`WEBHOOK_ID_n\` without a server is accepted from any sender and starts a scan of all servers.`;

const SOURCES = `## Webhook sources

Each entry of \`webhooks.sources\` in the file is one Radarr or Sonarr. In its settings (Connect, Webhook) give the address
\`/webhooks/radarr/ID\` or \`/webhooks/sonarr/ID\` of the API, and the secret as password or as the header
\`X-Webhook-Secret\`.`;

/** The page docs/configuration.md: every setting with variable, place in the file, what is expected, default and meaning. */
export function configReference(): string {
  const settings = listSettings(settingsSchema).map((entry) => row(entry, ''));
  const servers = listSettings(serverSchema).map((entry) => row(entry, 'servers[].'));
  const sources = listSettings(webhookSourceSchema).map((entry) => row(entry, 'webhooks.sources[].'));
  const parts = [
    INTRODUCTION,
    '## Settings',
    table(settings),
    SERVERS,
    table(servers),
    SOURCES,
    table(sources),
  ];
  return `${parts.join('\n\n')}\n`;
}

function row({ path, schema, info }: Setting, prefix: string): string[] {
  const place = `\`${prefix}${path.join('.')}\``;
  const meaning = info.secret === true ? `${info.meaning} Secret.` : info.meaning;
  return [info.env === undefined ? '' : `\`${info.env}\``, place, info.expected, defaultOf(schema), meaning];
}

function defaultOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodOptional) return '';
  if (!(schema instanceof z.ZodDefault)) return '**required**';
  return `\`${JSON.stringify(schema.def.defaultValue)}\``;
}

/** Aligned as the formatter of the repository wants it. */
function table(rows: readonly (readonly string[])[]): string {
  const cells = [HEADER, ...rows].map((line) => line.map((cell) => cell.replaceAll('|', String.raw`\|`)));
  const widths = HEADER.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const render = (line: readonly string[]) =>
    `| ${widths.map((width, column) => (line[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [render(head), rule, ...body.map(render)].join('\n');
}
