// What is beside the overview, before axe, in both themes.
import { expect, test, type Page } from "@playwright/test";
import { accessibilityFaults, open } from "./page";

const VIEWS: [string, string, (page: Page) => Promise<void>][] = [
  ["slow requests", "#page=slow", (page) => expect(page.locator(".slow-table tbody tr")).toHaveCount(14)],
  ["the log", "#page=logs", (page) => expect(page.locator(".log li").first()).toBeVisible()],
  ["try it", "#page=try", async (page) => {
    await page.getByRole("button", { name: "Embed", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Similarity" })).toBeVisible();
  }],
  ["the configuration", "#page=config", (page) => expect(page.locator(".settings tbody tr").first()).toBeVisible()],
  ["the charts as a table", "#table", (page) => expect(page.locator(".timeline tbody tr")).toHaveCount(30)],
  ["a worker", "#worker=worker-3", (page) => expect(page.getByRole("dialog")).toContainText("was lost")],
  ["the keys", "", async (page) => {
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toBeVisible();
  }],
];

for (const [name, hash, isShown] of VIEWS) {
  test(`${name}: axe finds nothing, the browser complains of nothing`, async ({ page }) => {
    const complaints = await open(page, "lost", hash);
    await isShown(page);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityFaults(page), colorScheme).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });
}
