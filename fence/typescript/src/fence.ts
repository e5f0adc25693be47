/**
 * One application's fence in one Region.
 *
 * A write is one transaction with a check of one fence item, `writableRegion = <this Region>`. A transaction that
 * DynamoDB cancelled is over, so the next try draws another fence. After a lost answer nobody knows, so the very same
 * request is sent again: its token makes DynamoDB say whether it was carried out, even if the Region is fenced by now.
 */
import {
  GetItemCommand,
  TransactWriteItemsCommand,
  type AttributeValue,
  type CancellationReason,
  type DynamoDBClient,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';

import { DEFAULT_FENCES, fenceId } from './keys.ts';
import { found, isTransient, isUnanswered, retry, SYSTEM_CLOCK, wasSentAgain, type Clock } from './retries.ts';
import { FenceError, requireCount, requireItems, requireText, requireTimeout } from './validation.ts';

type Item = Record<string, AttributeValue>;

/** This Region may not write, and nothing was written. */
export class RegionFenced extends Error {
  override readonly name = 'RegionFenced';
  /** As the fence says (`none`: no Region may write); undefined if there is no such fence. */
  readonly writableRegion: string | undefined;
  readonly epoch: number | undefined;
  /** DynamoDB's cancellation reasons of the caller's items, in their order. */
  readonly reasons: readonly CancellationReason[];

  constructor(message: string, fence: Item, reasons: readonly CancellationReason[], options?: ErrorOptions) {
    super(message, options);
    this.writableRegion = fence['writableRegion']?.S;
    this.epoch = number(fence, 'epoch');
    this.reasons = reasons;
  }
}

/**
 * `client` is of `region`. `fences` is how many fence items there are (the template's parameter `Fences`); without it
 * the application's state record says so, which is read once.
 */
export interface FenceSettings {
  client: DynamoDBClient;
  table: string;
  appId: string;
  region: string;
  fences?: number;
  clock?: Clock;
}

export class Fence {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly appId: string;
  readonly region: string;
  readonly #clock: Clock;
  #count: number | undefined;
  #isChecked = false;

  constructor({ client, table, appId, region, fences, clock = SYSTEM_CLOCK }: FenceSettings) {
    this.client = client;
    this.table = requireText('table', table);
    this.appId = requireText('appId', appId);
    this.region = requireText('region', region);
    this.#count = fences === undefined ? undefined : requireCount(fences);
    this.#clock = clock;
  }

  /** By `APP_ID`, `APP_CONFIG_TABLE`, `AWS_REGION` and, if set, `FENCES`. */
  static fromEnvironment(client: DynamoDBClient, environment: NodeJS.ProcessEnv = process.env): Fence {
    const names = ['APP_CONFIG_TABLE', 'APP_ID', 'AWS_REGION'];
    const missing = names.filter((name) => !environment[name]);
    if (missing.length) throw new FenceError(`Not set in the environment: ${missing.join(', ')}.`);
    const [table = '', appId = '', region = ''] = names.map((name) => environment[name]);
    const text = environment['FENCES'];
    if (text === undefined) return new Fence({ client, table, appId, region });
    return new Fence({
      client,
      table,
      appId,
      region,
      fences: requireCount(/^[1-9]\d*$/.test(text) ? Number(text) : text),
    });
  }

  /**
   * A ConditionCheck of one fence, for the `TransactItems` of any transaction in this Region. Drawn at random: if all
   * writes checked the same fence, they would conflict.
   */
  async check(): Promise<TransactWriteItem> {
    return {
      ConditionCheck: {
        TableName: this.table,
        Key: await this.#drawn(),
        ConditionExpression: 'writableRegion = :region',
        ExpressionAttributeValues: { ':region': { S: this.region } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    };
  }

  /**
   * Make 1 to 99 `items` of `TransactItems` in one transaction, if this Region may write.
   *
   * Conflicts, throttling and lost answers are retried until `timeoutMs` is over. Throws RegionFenced, and FenceError
   * for items that cannot be sent; otherwise the SDK's error, its cancellation reasons in the order of the items, the
   * check's last. Whether it wrote is then known (no) unless `isUnanswered(error)`.
   */
  async write(items: readonly TransactWriteItem[], timeoutMs = 5000): Promise<void> {
    requireItems(items);
    requireTimeout(timeoutMs);
    let request = await this.#request(items);
    let lost: Error | undefined;
    const attempt = async () => {
      try {
        await this.client.send(request);
      } catch (error) {
        if (isUnanswered(error) || wasSentAgain(error)) lost = error as Error;
        else if (lost === undefined) request = await this.#request(items);
        throw error;
      }
    };
    try {
      const isRetried = (error: unknown) => isTransient(error) || isUnanswered(error);
      await retry(attempt, this.#clock, this.#clock.now() + timeoutMs, isRetried);
    } catch (error) {
      // the lost one may still be carried out
      if (lost !== undefined && isTransient(error)) throw lost;
      throw this.#explained(error, items);
    }
  }

  /**
   * The epoch in which this Region may write; RegionFenced if it may not. For what no transaction can include: the
   * state may change right after it, and the epoch is what another store can compare.
   */
  async require(): Promise<number> {
    const fence = await this.#get(await this.#drawn());
    if (fence['writableRegion']?.S === this.region) return number(fence, 'epoch') ?? 0;
    throw this.#refusal(fence, []);
  }

  /**
   * A function that runs `body(epoch, ...)` only where this Region may write. Elsewhere it runs `otherwise(...)`, or
   * throws RegionFenced: a queue then delivers its messages again.
   */
  activeOnly<Arguments extends unknown[], Result>(
    body: (epoch: number, ...given: Arguments) => Result | Promise<Result>,
    otherwise?: (...given: Arguments) => Result | Promise<Result>,
  ): (...given: Arguments) => Promise<Result> {
    return async (...given) => {
      let epoch;
      try {
        epoch = await this.require();
      } catch (error) {
        if (!otherwise || !(error instanceof RegionFenced)) throw error;
        return otherwise(...given);
      }
      return body(epoch, ...given);
    };
  }

  async #request(items: readonly TransactWriteItem[]): Promise<TransactWriteItemsCommand> {
    return new TransactWriteItemsCommand({
      TransactItems: [...items, await this.check()],
      ClientRequestToken: crypto.randomUUID(),
    });
  }

  async #drawn(): Promise<Item> {
    const count = await this.#counted();
    return { appId: { S: fenceId(this.appId, Math.floor(this.#clock.random() * count)) } };
  }

  async #counted(): Promise<number> {
    if (!this.#isChecked) {
      const region = await this.client.config.region();
      if (region !== this.region) {
        throw new FenceError(
          `The client is of ${region}, not of ${this.region}: a check of one Region says nothing about a write in ` +
            'another one.',
        );
      }
      this.#isChecked = true;
    }
    if (this.#count === undefined) {
      const record = await this.#get({ appId: { S: this.appId } });
      if (!Object.keys(record).length) {
        throw new FenceError(`${this.table} in ${this.region} has no state record of the application ${this.appId}.`);
      }
      this.#count = requireCount(number(record, 'fences') || DEFAULT_FENCES);
    }
    return this.#count;
  }

  async #get(key: Item): Promise<Item> {
    try {
      const command = new GetItemCommand({ TableName: this.table, Key: key, ConsistentRead: true });
      return (await this.client.send(command)).Item ?? {};
    } catch (error) {
      throw this.#explained(error, []);
    }
  }

  /** What the fence says, and what AWS says without a name; any other error as it is. */
  #explained(error: unknown, items: readonly TransactWriteItem[]): unknown {
    const { name, CancellationReasons: reasons = [] } = found(error);
    const check = reasons[items.length];
    if (check?.Code === 'ConditionalCheckFailed') {
      return this.#refusal(check.Item ?? {}, reasons.slice(0, -1), { cause: error });
    }
    if (name === 'ResourceNotFoundException') {
      const named = items.flatMap((item) => Object.values(item) as { TableName?: string }[]).map((of) => of.TableName);
      const tables = [...new Set([this.table, ...named])].sort().join(', ');
      return new FenceError(`${this.region} does not have all of the tables ${tables}.`, { cause: error });
    }
    return error;
  }

  #refusal(fence: Item, reasons: readonly CancellationReason[], options?: ErrorOptions): RegionFenced {
    const why = fence['writableRegion']
      ? `the writable Region is ${fence['writableRegion'].S}.`
      : `${this.table} lacks a fence of ${this.appId} there. The application's id or the number of fences ` +
        `(${this.#count}) is wrong, or the table was created just now.`;
    return new RegionFenced(`${this.region} may not write: ${why}`, fence, reasons, options);
  }
}

function number(item: Item, name: string): number | undefined {
  const text = item[name]?.N;
  return text === undefined ? undefined : Number(text);
}
