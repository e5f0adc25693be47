import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Serving } from './serving.ts';
import { bannerOf, mayWrite, opening, placed, roleOf } from './serving.ts';
import { active, after, config, failover, fenced, lost } from './testing.ts';

const kind = (serving: Serving) => bannerOf(serving, config)?.kind ?? null;
const held = (serving: Serving): Serving => ({ ...serving, isFollowing: false });
const roles = (serving: Serving) => [roleOf(serving, 'primary', config), roleOf(serving, 'secondary', config)];

test('a page that opens uses the writable Region, whichever answers first', () => {
  for (const order of [['primary', 'secondary'] as const, ['secondary', 'primary'] as const]) {
    assert.equal(after(order.map((side) => [side, active])).side, 'primary');
    assert.equal(after(order.map((side) => [side, failover])).side, 'secondary');
    assert.equal(
      after(
        order.map((side) => [side, fenced]),
        opening(true),
      ).side,
      'primary',
    );
  }
});

test('the Region that writes has a head start, then the one that answers is read', () => {
  const early = after([['secondary', active]], opening(true));
  assert.equal(early.side, null);
  const late = placed({ ...early, isStarted: true }, config);
  assert.equal(late.side, 'secondary');
  assert.equal(mayWrite(late, config), false);
  assert.match(bannerOf(late, config)!.text, /east has not answered yet/);
  assert.equal(after([['primary', active]], late).side, 'primary');
});

test('a page follows to the Region that took over', () => {
  const moved = after(
    [['secondary', failover]],
    after([
      ['primary', active],
      ['secondary', active],
    ]),
  );
  assert.equal(moved.side, 'secondary');
  assert.equal(mayWrite(moved, config), true);
  assert.equal(kind(moved), null);
});

test('a page that holds its Region stays until its user switches', () => {
  const serving = after(
    [['secondary', failover]],
    held(
      after([
        ['primary', active],
        ['secondary', active],
      ]),
    ),
  );
  assert.equal(serving.side, 'primary');
  assert.equal(mayWrite(serving, config), false);
  assert.deepEqual([kind(serving), bannerOf(serving, config)?.to], ['moved', 'secondary']);
  assert.equal(placed({ ...serving, isFollowing: true }, config).side, 'secondary');
});

test('the highest epoch counts, whichever Region answers', () => {
  assert.equal(
    after([
      ['primary', active],
      ['secondary', failover],
    ]).record,
    failover,
  );
  assert.equal(
    after([
      ['secondary', failover],
      ['primary', active],
    ]).record,
    failover,
  );
});

test('fenced: no writes, in no Region, and the page stays where it is', () => {
  const before = after([
    ['primary', active],
    ['secondary', active],
  ]);
  const serving = after(
    [
      ['primary', fenced],
      ['secondary', fenced],
    ],
    before,
  );
  assert.equal(serving.side, 'primary');
  assert.equal(mayWrite(serving, config), false);
  assert.equal(kind(serving), 'fenced');
  assert.deepEqual(roles(serving), ['moving', 'moving']);
});

test('active: the primary writes, the secondary stands by, and there is no banner', () => {
  const serving = after([
    ['primary', active],
    ['secondary', active],
  ]);
  assert.equal(mayWrite(serving, config), true);
  assert.equal(kind(serving), null);
  assert.deepEqual(roles(serving), ['writable', 'standby']);
});

test('a Region is not lost before it has missed several polls', () => {
  const serving = after(
    lost('primary').slice(1),
    after([
      ['primary', active],
      ['secondary', active],
    ]),
  );
  assert.equal(kind(serving), null);
  assert.equal(mayWrite(serving, config), true);
  assert.deepEqual(roles(serving), ['writable', 'standby']);
});

test('the writable Region is lost: the page reads from the other one', () => {
  const serving = after(
    lost('primary'),
    after([
      ['primary', active],
      ['secondary', active],
    ]),
  );
  assert.equal(serving.side, 'secondary');
  assert.equal(mayWrite(serving, config), false);
  assert.equal(kind(serving), 'region-lost');
  assert.deepEqual(roles(serving), ['lost', 'standby']);
  assert.equal(after([['primary', active]], serving).side, 'primary');
});

test('held, the loss of the writable Region is a choice', () => {
  const serving = after(
    lost('primary'),
    held(
      after([
        ['primary', active],
        ['secondary', active],
      ]),
    ),
  );
  assert.deepEqual([serving.side, kind(serving)], ['primary', 'region-lost']);
  assert.equal(bannerOf(serving, config)?.to, 'secondary');
  assert.equal(mayWrite(serving, config), false);
});

test('a lost standby is shown, and stops nothing', () => {
  const serving = after(
    lost('secondary'),
    after([
      ['primary', active],
      ['secondary', active],
    ]),
  );
  assert.equal(mayWrite(serving, config), true);
  assert.equal(kind(serving), 'standby-lost');
  assert.deepEqual(roles(serving), ['writable', 'lost']);
});

test('working in the secondary without the primary: writes continue, and the banner warns about sign-in', () => {
  const serving = after(
    lost('primary'),
    after([
      ['primary', failover],
      ['secondary', failover],
    ]),
  );
  assert.equal(mayWrite(serving, config), true);
  assert.equal(kind(serving), 'sign-in-region');
});

test('without the Region of the sign-in the banner says until when the session holds', () => {
  const untilMs = new Date(2026, 10, 30, 21, 7).getTime();
  const known = after([
    ['primary', failover],
    ['secondary', failover],
  ]);
  const text = (serving: Serving) => bannerOf({ ...serving, sessionUntilMs: untilMs }, config)?.text ?? '';
  const holds = `Your session holds until ${new Date(untilMs).toLocaleTimeString(undefined, { timeStyle: 'short' })}.`;
  assert.match(text(after(lost('primary'), known)), /require east.* stay signed in\. /);
  assert.ok(text(after(lost('primary'), known)).endsWith(holds));
  const writing = after([
    ['primary', active],
    ['secondary', active],
  ]);
  assert.ok(text(after(lost('primary'), writing)).endsWith(`but not add any. ${holds}`));
  assert.doesNotMatch(text(after(lost('secondary'), writing)), /session/);
  assert.doesNotMatch(bannerOf(after(lost('primary'), known), config)!.text, /session holds/);
});

test('no Region responds: unreachable, no writes, the Region is kept', () => {
  const serving = after(
    [...lost('primary'), ...lost('secondary')],
    after([
      ['primary', failover],
      ['secondary', failover],
    ]),
  );
  assert.equal(serving.side, 'secondary');
  assert.equal(mayWrite(serving, config), false);
  assert.equal(kind(serving), 'unreachable');
  assert.deepEqual(roles(serving), ['lost', 'lost']);
});

test('a browser that is offline says so, and blames no Region', () => {
  const serving = {
    ...after([
      ['primary', active],
      ['secondary', active],
    ]),
    isOffline: true,
  };
  assert.equal(kind(serving), 'offline');
  assert.equal(mayWrite(serving, config), false);
  assert.deepEqual(roles(serving), ['checking', 'checking']);
});

test('a session that cannot be renewed is not reported as lost Regions', () => {
  const serving = {
    ...after([
      ['primary', active],
      ['secondary', active],
    ]),
    isSignInLost: true,
  };
  assert.match(bannerOf(serving, config)!.text, /session must be renewed, but the sign-in service in east/);
  assert.equal(after([['primary', active]], serving).isSignInLost, false);
});
