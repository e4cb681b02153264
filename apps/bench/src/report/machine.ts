import { cpus, platform, release, totalmem } from 'node:os';
import type { DevServices } from '@reelsync/dev-services';

/** What the figures were measured on, for people. */
export function describeMachine(services: DevServices): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  const database =
    services.database.origin === 'embedded'
      ? 'the embedded development database (a process of its own)'
      : 'MongoDB';
  return `${processors.length} × ${model}, ${memory} GiB, ${platform()} ${release()}, Node.js ${process.versions.node}; ${database}; Redis on the same machine`;
}
