/** The TypeScript library as a client of the conformance scenarios: JSON lines in, JSON lines out (../../conformance). */
import { createInterface } from 'node:readline';

import { DynamoDBClient, type TransactWriteItem } from '@aws-sdk/client-dynamodb';

import { Fence, FenceError, isTransient, isUnanswered, RegionFenced } from '../src/index.ts';

interface Request {
  id: number;
  do: string;
  items: TransactWriteItem[];
  timeoutMs: number;
}

const fence = Fence.fromEnvironment(new DynamoDBClient({}));

async function carryOut(request: Request): Promise<object> {
  const body = (epoch: number) => ({ answer: 'ran', epoch });
  switch (request.do) {
    case 'write':
      await fence.write(request.items, request.timeoutMs);
      return { answer: 'written' };
    case 'check':
      return { answer: 'check', item: await fence.check() };
    case 'require':
      return { answer: 'writable', epoch: await fence.require() };
    case 'activeOnly':
      return fence.activeOnly<[], object>(body)();
    case 'activeOnlyOtherwise':
      return fence.activeOnly<[], object>(body, () => ({ answer: 'otherwise' }))();
    default:
      return { answer: 'invalid', message: `unknown request ${request.do}` };
  }
}

function codes(reasons: readonly { Code?: string | undefined }[]) {
  return reasons.map((reason) => reason.Code);
}

function refused(error: unknown): object {
  if (error instanceof FenceError) return { answer: 'invalid', message: error.message };
  if (error instanceof RegionFenced) {
    const { writableRegion, epoch, reasons } = error;
    return { answer: 'fenced', writableRegion, epoch, reasons: codes(reasons) };
  }
  if (isUnanswered(error)) return { answer: 'unknown' };
  if (isTransient(error)) return { answer: 'busy' };
  if (error instanceof Error && 'CancellationReasons' in error) {
    // the last one is the check's
    return { answer: 'refused', reasons: codes(error.CancellationReasons as { Code: string }[]).slice(0, -1) };
  }
  throw error;
}

async function serve(line: string): Promise<void> {
  const request = JSON.parse(line) as Request;
  const answer = await carryOut(request).catch(refused);
  process.stdout.write(JSON.stringify({ id: request.id, ...answer }) + '\n');
}

for await (const line of createInterface({ input: process.stdin })) void serve(line);
