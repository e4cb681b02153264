export * from './urls/listing-kind';
export * from './urls/url-builder';
export * from './adapter/file-server-adapter';
export * from './adapter/file-servers';
export { hashedTitlesIn, type TitleHashMap } from './adapter/title-hashes';
export type { TitleHash } from './adapter/title-hash-table';
export type { ClientLimits } from './http/client-limits';
export type { InjectFault } from './http/http-transport';
export type { RequestKind, RequestStat } from './http/request-plan';
export type { ServerStats } from './http/server-client';
export {
  listingItems,
  toListingItem,
  type ListingItem,
  type ParseRecord,
  type TitledMember,
} from './listing/listing-items';
export type { ListingMembers } from './listing/member-stream';
export type { DocumentSegment } from './listing/segment-cutter';
export type { SegmentMark } from './listing/segment-mark';
