import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';

import { FENCES_LIMIT } from './keys.ts';

/** DynamoDB's limit of a transaction is 100 items, and the check is one. */
const ITEMS_LIMIT = 99;
/** How long DynamoDB knows a transaction by its token. */
const TOKEN_VALID_MS = 600_000;
const KINDS = ['ConditionCheck', 'Delete', 'Put', 'Update'];

/** Settings or items that cannot be right; nothing was written. */
export class FenceError extends Error {
  override readonly name = 'FenceError';
}

export function requireText(name: string, value: unknown): string {
  if (typeof value === 'string' && value) return value;
  throw new FenceError(`${name} must be a non-empty string, not ${shown(value)}.`);
}

/** A number of fences as the template takes it. */
export function requireCount(fences: unknown): number {
  if (Number.isInteger(fences)) {
    const count = fences as number;
    if (count >= 1 && count <= FENCES_LIMIT && (count & (count - 1)) === 0) return count;
  }
  throw new FenceError(`The number of fences must be a power of two from 1 to ${FENCES_LIMIT}, not ${shown(fences)}.`);
}

/** Each item must have exactly one known kind of write; callers of JavaScript have no types. */
export function requireItems(items: readonly TransactWriteItem[]): void {
  if (!Array.isArray(items) || items.length === 0) {
    throw new FenceError(`There is nothing to write: give a list of ${KINDS.join(', ')}.`);
  }
  if (items.length > ITEMS_LIMIT) {
    throw new FenceError(
      `A transaction has at most ${ITEMS_LIMIT + 1} items and the fence's check is one: ${items.length} items ` +
        'leave no room for it.',
    );
  }
  for (const [index, item] of (items as unknown[]).entries()) {
    const [[kind, parameters] = [], another] = isObject(item) ? Object.entries(item) : [];
    if (another || !kind || !KINDS.includes(kind) || !isObject(parameters)) {
      throw new FenceError(`Item ${index + 1} is not one of ${KINDS.join(', ')} with its parameters.`);
    }
  }
}

export function requireTimeout(timeoutMs: number): void {
  if (!(timeoutMs < TOKEN_VALID_MS)) {
    throw new FenceError(`timeoutMs must be less than ${TOKEN_VALID_MS}: DynamoDB knows a request's token no longer.`);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
