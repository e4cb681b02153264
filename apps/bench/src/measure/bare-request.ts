import { request, type Dispatcher } from 'undici';

/** Of a file server what a bare request has to know. */
export interface BareServer {
  readonly webhookId?: string;
}

/**
 * As the worker asks a server on its own machine, which all servers of the bench are: uncompressed (decision 0035). In one
 * place, so that no figure is set against a request that asks for something else.
 */
export function bareHeaders({ webhookId = '' }: BareServer): Readonly<Record<string, string>> {
  return { 'x-webhook-id': webhookId, 'accept-encoding': 'identity' };
}

/** A GET with bare undici, its body read and thrown away. */
export async function bareGet(
  url: string,
  server: BareServer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'>> {
  const response = await request(url, { headers: { ...bareHeaders(server), ...headers } });
  await response.body.dump({ limit: Number.MAX_SAFE_INTEGER });
  return { statusCode: response.statusCode, headers: response.headers };
}
