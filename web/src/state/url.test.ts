import { expect, test } from "vitest";
import { HOME, hashOf, parsePlace } from "./url";

test.each(["", "#page=logs&filter=worker.lost&level=warn", "#worker=vm-1&sort=-p99&theme=dark", "#table", "#page=logs&request=a+b"])(
  "%s comes back", (hash) => expect(hashOf(parsePlace(hash))).toBe(hash));

test("what is not known is home", () => {
  expect(parsePlace("#page=nowhere&theme=pink&x=y")).toEqual(HOME);
});
