import type { OpenEngine } from './open-engine';
export const openDirectEngine: OpenEngine = () => Promise.reject(new Error('later'));
