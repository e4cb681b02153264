import { DEFAULT_SERVER_TIMEOUTS, type MediaServer } from '@reelsync/core';
import { resolveServer } from '../../src/manager/server-reference';
import { thrownBy } from '../support/manager';

const CONFIGURED: MediaServer = {
  id: 'default',
  baseUrl: 'https://files.example.com',
  nodeUrl: 'https://files.example.com/node',
  internalUrl: 'http://10.0.0.1:3000',
  prefix: '/media',
  priority: 1,
  enabled: true,
  webhookId: 'secret',
  concurrency: 20,
  timeouts: DEFAULT_SERVER_TIMEOUTS,
};
const DISABLED: MediaServer = { ...CONFIGURED, id: 'off', enabled: false };
const resolve = (reference: unknown) => resolveServer(reference, [CONFIGURED, DISABLED]);

describe('the server that a caller names', () => {
  test.each([
    ['its id', {}],
    [
      'the shape of the earlier configuration',
      {
        baseURL: 'https://files.example.com/',
        syncEndpoint: 'https://files.example.com/node',
        prefixPath: 'media/',
        priority: 1,
        isDefault: true,
        paths: { sync: { tv: '', movies: '' } },
      },
    ],
    [
      'the shape of the earlier adapter',
      {
        baseUrl: 'https://files.example.com',
        nodeUrl: 'http://10.0.0.1:3000',
        enabled: true,
        timeout: 30_000,
      },
    ],
    ['empty addresses', { baseURL: '', syncEndpoint: '' }],
  ])('is the configured one: %s', (_name, members) => {
    expect(resolve({ id: 'default', ...members })).toBe(CONFIGURED);
  });

  test.each([
    ['baseURL', { baseURL: 'https://other.example.com' }],
    ['syncEndpoint', { syncEndpoint: 'https://other.example.com/node' }],
    ['prefixPath', { prefixPath: '/other' }],
  ])('is refused when its %s contradicts the configuration', (member, members) => {
    expect(thrownBy(() => resolve({ id: 'default', ...members }))).toMatchObject({
      code: 'ARGUMENTS_INVALID',
      message: expect.stringContaining(member),
    });
  });

  test('may be described; it then comes behind the configured ones', () => {
    const described = { id: 'new', baseURL: 'http://a/', syncEndpoint: 'http://a/node', webhookId: 'w' };
    expect(resolve(described)).toMatchObject({
      id: 'new',
      baseUrl: 'http://a',
      nodeUrl: 'http://a/node',
      prefix: '',
      priority: 2,
      enabled: true,
      webhookId: 'w',
      timeouts: DEFAULT_SERVER_TIMEOUTS,
    });
    expect(resolve({ ...described, priority: 0 })).toMatchObject({ priority: 0 });
  });

  test.each([
    ['nothing', undefined, 'ARGUMENTS_INVALID'],
    ['no id', { baseURL: 'http://a' }, 'ARGUMENTS_INVALID'],
    ['an unknown id without addresses', { id: 'new' }, 'SERVER_NOT_CONFIGURED'],
    ['a disabled server', { id: 'off' }, 'SERVER_NOT_CONFIGURED'],
    ['addresses that are none', { id: 'new', baseURL: 'ftp://a', syncEndpoint: 'b' }, 'CONFIG_INVALID'],
  ])('is refused: %s', (_name, reference, code) => {
    expect(thrownBy(() => resolve(reference))).toMatchObject({ code });
  });
});
