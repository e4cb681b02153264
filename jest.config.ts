/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

/**
 * One runner for every kind of test. Packages are loaded from source (so coverage and stack traces point at
 * TypeScript); processes that tests start run the built output, which `npm test` builds first.
 */
const config: Config = {
  rootDir: __dirname,
  testEnvironment: '<rootDir>/tests/support/test-environment.ts',
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
  reporters: ['default', '<rootDir>/tests/support/closing-line-reporter.cjs'],
  testMatch: [
    '<rootDir>/packages/*/test/**/*.test.ts',
    '<rootDir>/apps/*/test/**/*.test.ts',
    '<rootDir>/tests/**/*.test.ts',
  ],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        // A package is loaded when something of it is first used: many tests need few of those that their subject imports.
        module: { type: 'commonjs', lazy: true },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: { '^@reelsync/([a-z-]+)$': '<rootDir>/packages/$1/src/index.ts' },
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/'],
  // Measured by `npm test`; what only child processes run (the entry points) does not count towards it.
  collectCoverageFrom: ['packages/*/src/**/*.ts', '!packages/*/src/**/main.ts'],
  // Counters in the code are kept with the transformed files; V8's ranges must be mapped back after every test file.
  coverageProvider: 'babel',
  coverageReporters: ['text-summary', 'lcovonly'],
  coverageThreshold: { global: { lines: 90 } },
  // Most tests wait for processes and sockets, so one worker less than there are processors leaves these idle; one more
  // is no faster.
  maxWorkers: '100%',
  // Modules of test files that have ended stay in memory; a worker that is collecting them all the time is slow.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 60_000,
};

export default config;
