import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GAP_PX, heightOfAll, rowHeightOf, rowsOf, rowsWithin } from './rows.ts';

const WIDTHS = [280, 328, 720, 1200, 3760];
const PROPORTIONS = [1.5, 1.5, 0.75, 1, 1.78, 0.56, 1.33, 1.33, 2.4, 0.4, 3, 1.5, 1, 1, 0.67, 1.5];
const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 0.01, `${a} is not ${b}`);

test('every picture has its own proportions, once, in order', () => {
  for (const width of WIDTHS) {
    const rows = rowsOf(PROPORTIONS, width);
    const shown = rows.flatMap(({ boxes, height }) => boxes.map((box) => box.width / height));
    assert.equal(shown.length, PROPORTIONS.length);
    shown.forEach((proportion, index) => near(proportion, PROPORTIONS[index]!));
    rows.forEach(({ first }, index) => assert.equal(first, sizes(rows.slice(0, index))));
  }
});

test('full rows reach from edge to edge; they neither overlap nor leave wide gaps', () => {
  for (const width of WIDTHS) {
    const rows = rowsOf(PROPORTIONS, width);
    for (const { boxes } of rows.filter(({ isFull }) => isFull)) near(boxes.at(-1)!.left + boxes.at(-1)!.width, width);
    rows.slice(1).forEach(({ top }, index) => near(top, rows[index]!.top + rows[index]!.height + GAP_PX));
    near(heightOfAll(rows), rows.at(-1)!.top + rows.at(-1)!.height);
  }
});

test('ordinary pictures make rows of about the wanted height', () => {
  for (const width of WIDTHS) {
    const rows = rowsOf(Array<number>(60).fill(1.5), width).filter(({ isFull }) => isFull);
    for (const { height } of rows) {
      assert.ok(height > rowHeightOf(width) / 1.6 && height < rowHeightOf(width) * 1.6, `${height} at ${width}`);
    }
  }
});

test('a last row that is not full is not stretched', () => {
  const [row] = rowsOf([1.5], 1200);
  near(row!.height, rowHeightOf(1200));
  assert.equal(row!.isFull, false);
});

test('a full row stays as it is when more pictures follow', () => {
  for (const width of WIDTHS) {
    const all = rowsOf(PROPORTIONS, width);
    for (let count = 1; count < PROPORTIONS.length; count++) {
      const full = rowsOf(PROPORTIONS.slice(0, count), width).filter(({ isFull }) => isFull);
      assert.deepEqual(full, all.slice(0, full.length));
    }
  }
});

test('extreme pictures are cropped, and no row is wider than the grid', () => {
  for (const width of WIDTHS) {
    for (const { boxes, height } of rowsOf([0.01, 100, 40, 0.02, 1], width)) {
      assert.ok(boxes.at(-1)!.left + boxes.at(-1)!.width <= width + 0.01);
      boxes.forEach((box) => assert.ok(box.width / height >= 0.39 && box.width / height <= 3.01));
    }
  }
});

test('only the rows of a stretch are found', () => {
  const rows = rowsOf(Array<number>(60).fill(1.5), 720);
  const [, second, third] = rows;
  assert.deepEqual(rowsWithin(rows, second!.top + 1, third!.top), [second, third]);
  assert.deepEqual(rowsWithin(rows, -500, -1), []);
});

const sizes = (rows: { boxes: unknown[] }[]): number => rows.reduce((count, { boxes }) => count + boxes.length, 0);
