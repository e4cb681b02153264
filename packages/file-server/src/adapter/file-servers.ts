import { ReelsyncError, type MediaServer } from '@reelsync/core';
import { UrlBuilder } from '../urls/url-builder';
import { FileServerAdapter, type FileServerAdapterOptions } from './file-server-adapter';

export interface FileServersOptions extends Omit<FileServerAdapterOptions, 'server' | 'urls'> {
  readonly servers: readonly MediaServer[];
}

/** The adapters of all configured servers: one each, so that every part of a process shares their limits. */
export class FileServers {
  readonly urls = new UrlBuilder();
  private readonly adapters: ReadonlyMap<string, FileServerAdapter>;

  constructor({ servers, ...options }: FileServersOptions) {
    this.adapters = new Map(
      servers.map((server) => [server.id, new FileServerAdapter({ ...options, server, urls: this.urls })]),
    );
  }

  get(serverId: string): FileServerAdapter {
    const adapter = this.adapters.get(serverId);
    if (adapter !== undefined) return adapter;
    throw new ReelsyncError('SERVER_NOT_CONFIGURED', `Server '${serverId}' is not configured`, {
      context: { serverId },
    });
  }

  all(): readonly FileServerAdapter[] {
    return [...this.adapters.values()];
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map(async (adapter) => adapter.close()));
  }
}
