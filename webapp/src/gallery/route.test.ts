import assert from 'node:assert/strict';
import { test } from 'node:test';
import { photoIdIn, Route } from './route.ts';

/** A browser with a history, whose `back` takes a moment. */
function browserAt(...addresses: string[]) {
  const entries: { url: string; state: unknown }[] = addresses.map((url) => ({ url, state: null }));
  let now = entries.length - 1;
  const events = new EventTarget();
  const hash = (url: string) => (url.includes('#') ? url.slice(url.indexOf('#')) : '');
  const location = {
    pathname: '/app/',
    search: '?x=1',
    get hash() {
      return hash(entries[now]!.url);
    },
  };
  const history = {
    get state() {
      return entries[now]!.state;
    },
    pushState: (state: unknown, _: string, url: string) => {
      entries.splice(++now, Infinity, { url, state });
    },
    replaceState: (state: unknown, _: string, url: string) => {
      entries[now] = { url, state };
    },
    back: () => {
      queueMicrotask(() => move(-1));
    },
  };
  const move = (by: number) => {
    now += by;
    events.dispatchEvent(new Event('popstate'));
  };
  const browser = {
    location,
    history,
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
  } as unknown as Window;
  return { browser, urls: () => entries.map(({ url }) => url), at: () => entries[now]!.url, move };
}

test('only the address of a photo opens one', () => {
  assert.equal(photoIdIn('#/photos/1'), '1');
  for (const hash of ['', '#', '#/', '#/photos/', '#/photos/1/2', '#photos/1']) assert.equal(photoIdIn(hash), null);
});

test('an open photo has an address; closing goes back to the gallery, once', async () => {
  const { browser, at, move } = browserAt('/before', '/app/');
  const route = new Route(browser);
  route.start();
  route.open('1');
  assert.deepEqual([at(), route.photoId.current()], ['#/photos/1', '1']);
  route.close();
  route.close();
  await Promise.resolve();
  assert.deepEqual([at(), route.photoId.current()], ['/app/', null]);
  move(1);
  assert.equal(route.photoId.current(), '1');
});

test('other photos take the place of the first: Back leads to the gallery', async () => {
  const { browser, at, urls } = browserAt('/app/');
  const route = new Route(browser);
  route.start();
  route.open('1');
  route.replace('2');
  assert.deepEqual(urls(), ['/app/', '#/photos/2']);
  route.close();
  await Promise.resolve();
  assert.equal(at(), '/app/');
});

test('an address that was followed from elsewhere is closed without leaving the page', () => {
  const { browser, urls } = browserAt('/elsewhere', '/app/?x=1#/photos/1');
  const route = new Route(browser);
  assert.equal(route.photoId.current(), '1');
  route.close();
  assert.equal(route.photoId.current(), null);
  assert.deepEqual(urls(), ['/elsewhere', '/app/?x=1']);
});

test('the address is no longer followed once it is stopped', () => {
  const { browser, move } = browserAt('/app/#/photos/1', '/app/');
  const route = new Route(browser);
  route.start()();
  move(-1);
  assert.equal(route.photoId.current(), null);
});
