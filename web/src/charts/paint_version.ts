// Grows when everything has to be painted again: another theme, another resolution.
import { signal } from "@preact/signals";
import { forgetPaint } from "./paint";

export const paintVersion = signal(0);

const again = () => {
  forgetPaint();
  paintVersion.value++;
};

export function watchPaint(): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  addEventListener("resize", again); // a zoom changes the resolution
}
