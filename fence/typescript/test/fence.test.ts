/** What needs no cloud; fence/conformance holds the library to the protocol. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { Fence, FenceError, RegionFenced, type FenceSettings } from '../src/index.ts';

const REGION = 'us-east-1';

interface Sent {
  input: { Key?: { appId: { S: string } }; TransactItems?: unknown[] };
}

/** DynamoDB with these items, by key. */
function dynamo(items: Record<string, object> = {}, region = REGION) {
  const sent: Sent['input'][] = [];
  const client = {
    config: { region: () => Promise.resolve(region) },
    send: ({ input }: Sent) => {
      sent.push(input);
      return Promise.resolve({ Item: items[input.Key?.appId.S ?? ''] });
    },
  };
  return { client: client as unknown as DynamoDBClient, sent };
}

function fenceOf(client: DynamoDBClient, more: Partial<FenceSettings> = {}) {
  return new Fence({ client, table: 'config', appId: 'app', region: REGION, fences: 1, ...more });
}

const PUT = { Put: { TableName: 'orders', Item: { id: { S: 'a' } } } };
const OPEN = { writableRegion: { S: REGION }, epoch: { N: '4' } };

for (const fences of [0, 3, -1, 2048, 1.5, NaN, '64' as unknown as number, null as unknown as number]) {
  test(`${typeof fences} ${String(fences)} is no number of fences`, () => {
    assert.throws(() => fenceOf(dynamo().client, { fences }), { name: 'FenceError', message: /power of two/ });
  });
}

for (const name of ['table', 'appId', 'region'] as const) {
  test(`without ${name} there is no fence`, () => {
    assert.throws(() => fenceOf(dynamo().client, { [name]: '' }), { name: 'FenceError', message: new RegExp(name) });
  });
}

test('settings come from the environment', () => {
  const { client } = dynamo();
  const set = { APP_ID: 'app', APP_CONFIG_TABLE: 'config', AWS_REGION: REGION };
  assert.deepEqual(Fence.fromEnvironment(client, set).table, 'config');
  assert.throws(() => Fence.fromEnvironment(client, { APP_ID: 'app' }), /Not set .*APP_CONFIG_TABLE, AWS_REGION/);
  for (const FENCES of ['', '0', '63', 'many', '64.0', '064', '0x40']) {
    assert.throws(() => Fence.fromEnvironment(client, { ...set, FENCES }), /power of two/);
  }
});

test('a client of another Region is refused before anything is sent', async () => {
  const { client, sent } = dynamo({}, 'eu-west-1');
  await assert.rejects(fenceOf(client).write([PUT]), { name: 'FenceError', message: /client is of eu-west-1/ });
  await assert.rejects(fenceOf(client).require(), FenceError);
  assert.deepEqual(sent, []);
});

test('the number of fences is read from the state record once, 64 where it has none', async () => {
  const drawn = async (record: object) => {
    const { client, sent } = dynamo({ app: record });
    const clock = { now: () => 0, sleep: () => Promise.resolve(), random: () => 0.999 };
    const fence = new Fence({ client, table: 'config', appId: 'app', region: REGION, clock });
    const check = await fence.check();
    await fence.check();
    assert.equal(sent.length, 1);
    return check.ConditionCheck?.Key?.['appId']?.S;
  };
  assert.equal(await drawn({ fences: { N: '256' } }), 'app#fence#ff');
  assert.equal(await drawn({ state: { S: 'active' } }), 'app#fence#3f');
  await assert.rejects(drawn({ fences: { N: '3' } }), /power of two/);
  await assert.rejects(
    new Fence({ ...dynamo(), table: 'config', appId: 'app', region: REGION }).check(),
    /no state record/,
  );
});

test('a missing fence is refused with what may be wrong', async () => {
  const refused = fenceOf(dynamo().client).require();
  await assert.rejects(refused, (error: RegionFenced) => {
    assert.match(error.message, /lacks a fence of app .*number of fences \(1\)/);
    assert.deepEqual([error.writableRegion, error.epoch, error.reasons], [undefined, undefined, []]);
    return true;
  });
});

test('active-only work gets the epoch before its own arguments', async () => {
  const fence = fenceOf(dynamo({ 'app#fence#00': OPEN }).client);
  const work = fence.activeOnly((epoch, message: string) => `${message} ${epoch}`);
  assert.equal(await work('hello'), 'hello 4');
});

test('elsewhere the alternative gets the arguments, and an error of the work is nobody else’s', async () => {
  const closed = fenceOf(dynamo({ 'app#fence#00': { ...OPEN, writableRegion: { S: 'none' } } }).client);
  const skipped = closed.activeOnly<[string], string>(
    () => assert.fail('must not run'),
    (message) => `skipped ${message}`,
  );
  assert.equal(await skipped('hello'), 'skipped hello');
  const open = fenceOf(dynamo({ 'app#fence#00': OPEN }).client);
  const failing = open.activeOnly(
    () => Promise.reject(new RegionFenced('of another fence', {}, [])),
    () => assert.fail('must not run'),
  );
  await assert.rejects(failing(), /of another fence/);
});

test('a deadline beyond the life of a token is refused', async () => {
  for (const timeoutMs of [600_000, NaN]) {
    await assert.rejects(fenceOf(dynamo().client).write([PUT], timeoutMs), /timeoutMs must be less than/);
  }
});
