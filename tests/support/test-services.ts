import type { DevServices } from '@reelsync/dev-services';

declare global {
  /** What the global set-up hands to the global tear-down: Jest loads the two separately. */
  var reelsyncTestServices: { readonly services: DevServices; readonly dataDir: string } | undefined;
}
