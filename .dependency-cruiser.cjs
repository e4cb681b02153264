/**
 * Dependencies point one way (docs: ARCHITECTURE.md):
 * apps -> sync -> queue -> core, sync -> domain -> database, file-server -> core; config -> core.
 */
const only = (from, ...allowed) => ({
  name: `${from}-depends-on-${allowed.join('-') || 'nothing'}`,
  severity: 'error',
  from: { path: `^packages/${from}/src` },
  to: { path: '^packages/', pathNot: [from, ...allowed].map((name) => `^packages/${name}/`) },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    only('core'),
    only('config', 'core'),
    only('database', 'core'),
    only('file-server', 'core'),
    only('domain', 'core', 'database', 'file-server'),
    only('queue', 'core'),
    only('sync', 'core', 'config', 'database', 'file-server', 'domain', 'queue'),
    only('admin', 'core', 'config', 'database', 'queue', 'sync'),
    only('runtime', 'core'),
    only('dev-services'),
    only('sample-library'),
    only('dev-installation', 'database', 'dev-services', 'sample-library'),
    {
      name: 'packages-know-no-app',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^apps/' },
    },
    {
      name: 'apps-do-not-import-each-other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'development-aids-stay-out-of-production',
      severity: 'error',
      from: {
        path: '^(packages|apps)/',
        pathNot: '^(apps/(demo|bench)|packages/(dev-services|dev-installation|sample-library))/|/test/',
      },
      to: { path: '^packages/(dev-services|dev-installation|sample-library)/' },
    },
    {
      name: 'core-does-no-io',
      severity: 'error',
      from: { path: '^packages/core/src' },
      to: { path: '^(node:)?(fs|net|http|https|child_process|dns|tls)(/|$)', dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|test|node_modules)/' },
    tsPreCompilationDeps: true,
    // TypeScript 7 has no parser that JavaScript can call; the other parsers do not see `export type … from`.
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.boundaries.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'default', 'types'],
    },
  },
};
