import { expect, test } from 'vitest';
import { EventStreamParser } from './event-stream';

const stream = ': hello\n\ndata: {"a":1}\n\nevent: change\r\ndata: {"b":\r\ndata: 2}\r\n\r\ndata:no space\n\n';
const expected = ['{"a":1}', '{"b":\n2}', 'no space'];

test('whole', () => {
  const seen: string[] = [];
  new EventStreamParser((data) => seen.push(data)).push(stream);
  expect(seen).toEqual(expected);
});

test('cut anywhere, the events are the same', () => {
  for (let at = 1; at < stream.length; at += 1) {
    const seen: string[] = [];
    const parser = new EventStreamParser((data) => seen.push(data));
    parser.push(stream.slice(0, at));
    parser.push(stream.slice(at));
    expect(seen, `cut at ${at}`).toEqual(expected);
  }
});
