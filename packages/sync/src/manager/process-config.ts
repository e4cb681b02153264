import { loadConfig, type ReelsyncConfig } from '@reelsync/config';

/** The settings of this process's environment. Servers may be configured, or be described in each call. */
export function configOfProcess(): ReelsyncConfig {
  return loadConfig({ env: process.env, cwd: process.cwd(), servers: 'optional' });
}
