export { startEmbeddedDatabase, type EmbeddedDatabase, type EmbeddedDatabaseOptions } from './server';
export { supportedOperations } from './supported';
