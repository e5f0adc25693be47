import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DisplayName } from './displayName.ts';

function setUp() {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const open = () => new DisplayName('ada', storage, 'key');
  return { open, name: open() };
}

test('a display name is the user name until another one is chosen, which is kept', () => {
  const { name, open } = setUp();
  assert.equal(name.current(), 'ada');
  name.choose('  Ada L.  ');
  assert.deepEqual([name.current(), open().current()], ['Ada L.', 'Ada L.']);
});

test('a name that shows nothing is none', () => {
  for (const text of ['', '  ', '\u200b\u2060']) {
    const { name } = setUp();
    name.choose(text);
    assert.equal(name.current(), 'ada');
  }
});

test('a name is cut to what the API takes', () => {
  const { name } = setUp();
  name.choose('é'.repeat(100));
  assert.equal(name.current(), 'é'.repeat(64));
});
