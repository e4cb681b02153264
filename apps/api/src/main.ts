import { loadConfig } from '@reelsync/config';
import { createLogger, limitHeapGrowth, runProcess } from '@reelsync/runtime';

import { startApi } from './start-api';

limitHeapGrowth();
const logger = createLogger({ name: 'reelsync-api', level: 'info' });

void runProcess({
  logger,
  start: async (lifecycle) => {
    const config = loadConfig({ env: process.env, cwd: process.cwd() });
    logger.level = config.log.level;
    const url = await startApi({
      config,
      lifecycle,
      logger,
      // The one time that it is shown; the log would censor it.
      onMadeUpPassword: (user, password) =>
        process.stderr.write(
          `No API_ADMIN_PASSWORD is set. For this start: user ${user}, password ${password}\n`,
        ),
    });
    process.stdout.write(`${JSON.stringify({ url, pid: process.pid })}\n`);
  },
});
