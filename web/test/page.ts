// What all specs of the page share.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What stands there, with plain spaces; asked again until it is so. */
export async function reads(page: Page, selector: string, text: RegExp): Promise<void> {
  await expect.poll(async () => (await page.locator(selector).innerText()).replaceAll("\u00a0", " "), { timeout: 15_000 }).toMatch(text);
}

export async function simulate(page: Page, scenario: string): Promise<void> {
  expect((await page.request.post(`/simulate/${scenario}`)).ok()).toBe(true);
}

/** Opens the page on a scenario, and fails the test on whatever the browser complains of. */
export async function open(page: Page, scenario: string, hash = ""): Promise<string[]> {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && !message.text().startsWith("Failed to load resource") && complaints.push(message.text()));
  await simulate(page, scenario);
  await page.goto(`/${hash}`);
  await expect(page.locator(".state h1")).toBeVisible();
  return complaints;
}

/** What axe finds that is serious or worse, in words. The policy of the page allows no inline script; axe comes by the debugger. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: { run(options: unknown): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    });
    return violations.map((fault) => `${fault.impact} ${fault.id}: ${fault.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(" | ")}`);
  });
}
