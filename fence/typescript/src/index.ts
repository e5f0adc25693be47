/**
 * Writes of an active/passive application over two AWS Regions: only the Region that may write makes them. The
 * protocol, for any language: `fence/README.md` of the project.
 */
export { Fence, RegionFenced, type FenceSettings } from './fence.ts';
export { isTransient, isUnanswered, type Clock } from './retries.ts';
export { FenceError } from './validation.ts';
