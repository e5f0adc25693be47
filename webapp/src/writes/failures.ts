// What a failed write tells. Pure.
import { NotWritable } from '../backend/errors.ts';
import { HttpError } from '../backend/http.ts';

/** Whether it failed because of its Region, so that it can be sent once a Region accepts writes. */
export function mayPassLater(error: unknown): boolean {
  return error instanceof NotWritable || (error instanceof HttpError && error.status === 0);
}

/** Whether the display name belongs to somebody else. */
export const isNameTaken = (error: unknown): boolean => hasCode(error, 'NameTaken');

/** Whether its photo is deleted. */
export const isDeleted = (error: unknown): boolean => hasCode(error, 'PhotoDeleted');

export const takenText = (name: string): string => `The name “${name}” belongs to somebody else.`;

const hasCode = (error: unknown, code: string) => error instanceof HttpError && error.code === code;
