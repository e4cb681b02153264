import { deepFreeze } from './deep-freeze';
import type { ReelsyncConfig } from './load-config';
import { MASK, maskUri, maskUrl } from './values';

/** The configuration as it may be shown and logged: secrets masked, addresses without credentials. */
export function describeConfig(config: ReelsyncConfig): ReelsyncConfig {
  const { api, database, redis, servers, webhookIds, webhooks } = config;
  return deepFreeze({
    ...config,
    database: { ...database, uri: maskUri(database.uri) },
    redis: { ...redis, url: maskUri(redis.url) },
    api: {
      ...api,
      tokens: api.tokens.map(maskToken),
      ...(api.adminPassword === undefined ? {} : { adminPassword: MASK }),
      ...(api.sessionSecret === undefined ? {} : { sessionSecret: MASK }),
    },
    servers: servers.map((server) => ({
      ...server,
      baseUrl: maskUrl(server.baseUrl),
      nodeUrl: maskUrl(server.nodeUrl),
      ...(server.internalUrl === undefined ? {} : { internalUrl: maskUrl(server.internalUrl) }),
      ...(server.webhookId === undefined ? {} : { webhookId: MASK }),
    })),
    webhookIds: webhookIds.map(({ serverId }) => ({ id: MASK, serverId })),
    webhooks: {
      ...webhooks,
      ...(webhooks.secret === undefined ? {} : { secret: MASK }),
      ...(webhooks.previousSecret === undefined ? {} : { previousSecret: MASK }),
      sources: webhooks.sources.map((source) => ({ ...source, secret: MASK })),
    },
  });
}

/** The name is no secret: it says whose token it is. */
function maskToken(token: string): string {
  return `${token.slice(0, token.indexOf(':'))}:${MASK}`;
}
