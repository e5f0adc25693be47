/** A value that views share and that changes outside them; for `useSyncExternalStore`. */
export class Store<T> {
  private value: T;
  private readonly listeners = new Set<() => void>();

  constructor(value: T) {
    this.value = value;
  }

  current = (): T => this.value;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(value: T): void {
    if (value === this.value) return;
    this.value = value;
    this.listeners.forEach((listener) => listener());
  }
}

/** A store whose value outlives a reload of the page. */
export class KeptStore<T> extends Store<T> {
  private readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  private readonly key: string;

  constructor(initial: T, storage: Pick<Storage, 'getItem' | 'setItem'>, key: string) {
    super((JSON.parse(storage.getItem(key) ?? 'null') as T | null) ?? initial);
    this.storage = storage;
    this.key = key;
  }

  override set(value: T): void {
    super.set(value);
    this.storage.setItem(this.key, JSON.stringify(value));
  }
}
