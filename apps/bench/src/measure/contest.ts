export { contest } from '@reelsync/sync';
