import { connectDatabase, DatabaseAdapter } from '@reelsync/database';
import { engineSetupSchema, type EngineOutcome } from './compared-engine';
import { openDirect } from './direct-engine';
import { openFlat } from './flat-engine';
import { injectFaults } from './injected-faults';
import { serveEngine } from './serve-engine';
import { WorkMeter } from './work-meter';

/** One engine of a comparison, over scratch databases. */
serveEngine(async (setup) => {
  const { engine, config, server, titles, faults } = engineSetupSchema.parse(setup);
  const meter = new WorkMeter();
  const database = new DatabaseAdapter(
    await connectDatabase({
      ...config.database,
      appName: `reelsync-compare-${engine}`,
      onCommand: meter.onCommand,
    }),
  );
  // Indexes are made once in the life of a catalogue, so they are no part of what is compared.
  await database.initialize();
  const sync = (engine === 'direct' ? openDirect : openFlat)({
    config,
    server,
    titles,
    database,
    fileServerOptions: faults === undefined ? {} : { injectFault: injectFaults(faults) },
  });
  return {
    run: async (): Promise<EngineOutcome> => {
      meter.start();
      const start = process.memoryUsage();
      const result = await sync.run();
      return { ...result, ...meter.stop(), memoryUsage: { start, end: process.memoryUsage() } };
    },
    close: async () => {
      await sync.close();
      await database.close();
    },
  };
});
