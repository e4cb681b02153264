import type { OpenEngine } from './open-engine';
export const openFlatEngine: OpenEngine = () => Promise.reject(new Error('later'));
