import { loadConfig, type ReelsyncConfig } from '@reelsync/config';

/** The settings of this environment and folder; what is probably not meant in them is said on stderr. */
export function readConfig(): ReelsyncConfig {
  const config = loadConfig({ env: process.env, cwd: process.cwd() });
  for (const warning of config.warnings) process.stderr.write(`Warning: ${warning}\n`);
  return config;
}
