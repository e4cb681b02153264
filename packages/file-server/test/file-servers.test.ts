import { FileServers } from '@reelsync/file-server';
import { mediaServer, rejection } from './support/harness';

describe('FileServers', () => {
  it('has one adapter per server, and one UrlBuilder for all', async () => {
    const servers = new FileServers({ servers: [mediaServer(), mediaServer({ id: 'server2' })] });
    expect(servers.all().map(({ server }) => server.id)).toEqual(['default', 'server2']);
    expect(servers.get('server2')).toBe(servers.all()[1]);
    expect(servers.urls.mediaUrl(mediaServer(), '/a')).toBe('http://files.test/a');
    await servers.close();
  });

  it.each(['server3', '__proto__', ''])('names a server that is not configured: %p', async (id) => {
    const servers = new FileServers({ servers: [mediaServer()] });
    expect(() => servers.get(id)).toThrow(`Server '${id}' is not configured`);
    expect(await rejection((async () => Promise.resolve(servers.get(id)))())).toMatchObject({
      code: 'SERVER_NOT_CONFIGURED',
    });
    await servers.close();
  });
});
