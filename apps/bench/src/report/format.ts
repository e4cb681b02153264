export { megabytes, milliseconds, number, percent, spread } from '@reelsync/sync';
