export { peakResidentBytes } from '@reelsync/sync';
