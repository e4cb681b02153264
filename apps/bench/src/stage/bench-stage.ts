import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PATHS, startSampleServers, type SampleServersOptions } from '@reelsync/dev-installation';
import { startDevServices, type DevServices } from '@reelsync/dev-services';
import { DatabaseCommands } from '../measure/database-commands';
import { BenchInstallation, type SampleServers } from './bench-installation';

/** Distinct movies and shows over both servers. */
export type LibrarySize = Pick<SampleServersOptions, 'titles' | 'shows' | 'evenShows'>;

/** Private Redis and database, and sample servers of any size, each in a process of its own. */
export class BenchStage {
  private servers: SampleServers | undefined;
  private size: LibrarySize | undefined;

  private constructor(
    readonly services: DevServices,
    readonly commands: DatabaseCommands,
    private readonly folder: string,
  ) {}

  static async open(log: (line: string) => void): Promise<BenchStage> {
    const folder = await mkdtemp(join(tmpdir(), 'reelsync-bench-'));
    const services = await startDevServices({ dataDir: folder, cacheDir: PATHS.cache, log });
    const commands = await DatabaseCommands.connect(services.database.uri);
    return new BenchStage(services, commands, folder);
  }

  /** Two servers with overlapping libraries of this size; those of another size end first. No latency, no faults. */
  async library(size: LibrarySize): Promise<SampleServers> {
    if (this.servers !== undefined && (await this.isUntouched(size))) return this.servers;
    await this.stopServers();
    this.size = size;
    this.servers = await startSampleServers({
      ...size,
      ports: [0, 0],
      webhookIds: ['bench-webhook-1', 'bench-webhook-2'],
      onLog: () => undefined,
    });
    return this.servers;
  }

  /** Databases, queues and processes of their own over these servers. Close it when its figures are taken. */
  install(servers: SampleServers, settings: NodeJS.ProcessEnv = {}): Promise<BenchInstallation> {
    return BenchInstallation.open({ services: this.services, commands: this.commands, servers, settings });
  }

  async close(): Promise<void> {
    await this.stopServers();
    await this.commands.close();
    await this.services.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async isUntouched(size: LibrarySize): Promise<boolean> {
    if (!isDeepStrictEqual(this.size, size)) return false;
    await Promise.all((this.servers ?? []).map(({ control }) => control.faults.clear()));
    return true;
  }

  private async stopServers(): Promise<void> {
    await Promise.all((this.servers ?? []).map(({ process }) => process.stop()));
    this.servers = undefined;
  }
}
