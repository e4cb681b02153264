export * from './heap-growth';
export * from './logger';
export * from './lifecycle';
export * from './run-process';
