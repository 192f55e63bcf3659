import { expect, test } from "vitest";
import { ago, bytes, compact, count, duration, millis, num, percent } from "./format";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

test.each([
  [0, "0"], [1234, "1,234"], [-1234, "−1,234"], [-0.2, "0"], [null, "–"], [Number.NaN, "–"],
])("num %s", (value, text) => expect(num(value)).toBe(text));

test.each([
  [0, "0"], [4.25, "4.3"], [12, "12"], [9999, "9,999"], [46_600, "46.6 k"], [2_500_000, "2.5 M"],
])("compact %s", (value, text) => expect(plain(compact(value))).toBe(text));

test.each([
  [0, "0 ms"], [0.04, "40 µs"], [0.3, "0.3 ms"], [38.4, "38 ms"], [1500, "1.5 s"], [61_000, "61 s"], [undefined, "–"],
])("millis %s", (value, text) => expect(plain(millis(value))).toBe(text));

test.each([
  [0, "0 %"], [0.0001, "< 0.1 %"], [0.04, "4.0 %"], [0.33, "33 %"], [0.9987, "99.9 %"], [0.99999, "100 %"], [2.97, "297 %"],
])("percent %s", (share, text) => expect(plain(percent(share))).toBe(text));

test.each([[12, "12 s"], [60, "1 min"], [9420, "2 h 37 min"], [260_000, "3 d 0 h"]])(
  "duration %s", (seconds, text) => expect(plain(duration(seconds))).toBe(text));

test.each([[0.4, "now"], [61, "61 s ago"], [4000, "67 min ago"], [86_400, "24 h ago"], [259_200, "3 d ago"]])(
  "ago %s", (seconds, text) => expect(plain(ago(seconds))).toBe(text));

test.each([[512, "512 B"], [17_162_240, "16 MiB"], [3 * 1024 ** 3, "3.0 GiB"]])(
  "bytes %s", (value, text) => expect(plain(bytes(value))).toBe(text));

test("count", () => {
  expect(plain(count(1, "worker"))).toBe("1 worker");
  expect(plain(count(1200, "worker"))).toBe("1,200 workers");
});
