import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cosineText, heatOf } from "./heat";

test.each([[-0.3, 0], [0.4, 0.4], [1.0000001, 1], [NaN, 0]])("%d is as strong as %d", (cosine, heat) => {
  expect(heatOf(cosine)).toBe(heat);
});

test.each([[0.123, "0.12"], [-0.123, "−0.12"], [-0.001, "0.00"], [1, "1.00"]])("%d reads %s", (cosine, text) => {
  expect(cosineText(cosine)).toBe(text);
});

type Colour = [number, number, number];

const SHEET = readFileSync(new URL("../style/tokens.css", import.meta.url), "utf8");
const blockOf = (selector: string): string => SHEET.slice(SHEET.indexOf(`${selector} {`)).split("}")[0] ?? "";
const tokenIn = (block: string, name: string): string => new RegExp(`--${name}: ([^;]+);`).exec(block)?.[1] ?? "";
const linear = (hex: string): Colour => {
  const part = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
};

// As https://bottosson.github.io/posts/oklab defines it.
const toOklab = ([r, g, b]: Colour): Colour => {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
};
const fromOklab = ([L, a, b]: Colour): Colour => {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
};
const mixed = (a: Colour, b: Colour, share: number): Colour => {
  const [x, y] = [toOklab(a), toOklab(b)];
  return fromOklab(x.map((value, i) => value * share + (y[i] ?? 0) * (1 - share)) as Colour);
};
const luminance = ([r, g, b]: Colour): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a: Colour, b: Colour): number => {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
};

test.each([":root", `:root[data-theme="dark"]`])("the number is read on every cell of %s", (selector) => {
  const block = blockOf(selector);
  const colour = (name: string) => linear(tokenIn(block, name));
  const cap = Number(tokenIn(block, "heat-cap")) / 100;
  for (let heat = 0; heat <= 1; heat += 0.01) {
    expect(contrast(mixed(colour("accent"), colour("panel"), heat * cap), colour("ink"))).toBeGreaterThan(4.5);
  }
  expect(contrast(colour("accent"), colour("accent-ink"))).toBeGreaterThan(4.5);
});
