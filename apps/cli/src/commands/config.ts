import { describeConfig, loadConfig } from '@reelsync/config';

/** `reelsync config`: the settings in effect, secrets masked. Needs neither MongoDB nor Redis. */
export function showConfig(): void {
  const config = loadConfig({ env: process.env, cwd: process.cwd() });
  for (const warning of config.warnings) process.stderr.write(`Warning: ${warning}\n`);
  process.stdout.write(`${JSON.stringify(describeConfig(config), null, 2)}\n`);
}
