export * from './urls/listing-kind';
export * from './urls/url-builder';
export * from './adapter/file-server-adapter';
export * from './adapter/file-servers';
export type { TitleHash } from './adapter/title-hashes';
export type { ClientLimits } from './http/client-limits';
export type { InjectFault } from './http/http-transport';
export type { RequestKind, RequestStat } from './http/request-plan';
export type { ServerStats } from './http/server-client';
export {
  isVersion,
  listingItems,
  toListingItem,
  withTitle,
  type ListingItem,
  type ParseRecord,
  type TitledMember,
} from './listing/listing-items';
export type { ListingMember } from './listing/member-cutter';
export type { ListingMembers } from './listing/member-stream';
