// The overview in each state of the server.
import { expect, test } from "@playwright/test";
import { accessibilityFaults, open, reads, simulate } from "./page";

const SENTENCES: [string, RegExp][] = [
  ["healthy", /^Healthy: 3 workers, [\d,]+ texts\/s, p99 \d+ ms, nothing refused$/],
  ["idle", /^Ready, nothing sent yet: 3 workers warmed up/],
  ["none", /^Not serving, no worker is ready: none has come yet/],
  ["lost", /^Degraded: worker-4 lost, 4 of 5 workers serve [\d,]+ texts\/s/],
  ["overload", /^Overloaded, [23]\.\d times capacity: [\d,]+ texts\/s answered in time, [\d,]+ refused at once/],
  ["draining", /^Healthy, 2 of 4 workers out by request: 2 serve/],
];

for (const [scenario, sentence] of SENTENCES) {
  for (const theme of ["light", "dark"] as const) {
    test(`${scenario}, ${theme}: one screen says it, and axe finds nothing`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: theme });
      const complaints = await open(page, scenario);
      await reads(page, ".state h1", sentence);
      expect(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight)).toBe(true);
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(complaints).toEqual([]);
    });
  }
}

for (const width of [390, 320]) {
  test(`${width} px wide: nothing sticks out, and axe finds nothing`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    await open(page, "overload");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    expect(await accessibilityFaults(page)).toEqual([]);
  });
}

test("without contact the page says so, goes stale, and comes back by itself", async ({ page }) => {
  await open(page, "healthy");
  await simulate(page, "gone");
  await reads(page, ".state h1", /^No contact with the server for \d+ s/);
  await expect(page.locator(".stale")).toHaveCount(1);
  await reads(page, ".workers .sub", /as they were at \d\d:\d\d:\d\d/);
  await expect(page).toHaveTitle("✕ Shoal");
  await simulate(page, "healthy");
  await reads(page, ".state h1", /^Healthy/);
  await expect(page.locator(".stale")).toHaveCount(0);
});

test("the pointer shows one moment everywhere, a click pins it and lists what happened then", async ({ page }) => {
  await open(page, "lost");
  const mark = page.getByRole("button", { name: /^\d\d:\d\d:\d\d worker-3 was lost/, exact: false });
  await mark.click();
  await reads(page, ".timeline .panel-head .sub", /^pinned at \d\d:\d\d:\d\d, \d+ (s|min) ago/);
  await expect(page.locator(".events li")).toHaveCount(1);
  await expect(page.locator(".events li")).toContainText("worker-3 was lost");
  await page.keyboard.press("Escape");
  await page.locator(".lanes").focus();
  await page.keyboard.press("Escape");
  await expect(page.locator(".crosshair")).toHaveCount(0);
});

test("two hundred workers: a strip of all, the last in reach, a filter, an order", async ({ page }) => {
  await open(page, "many");
  await expect(page.locator(".workers .balance span")).toHaveCount(200);
  const rows = page.locator(".workers tr.worker");
  expect(await rows.count()).toBeLessThan(60); // those in sight and some beside them
  await page.locator(".workers .scroll").evaluate((box) => box.scrollTo(0, box.scrollHeight));
  await expect(rows.last()).toBeInViewport();
  await expect(rows.last()).toContainText("worker-200");
  await page.keyboard.press("/");
  await page.keyboard.type("worker-19");
  await expect(page.locator(".workers tbody tr")).toHaveCount(11);
  await page.locator(".workers th.c-worker button").click();
  await expect(page.locator(".workers tbody tr").first()).toContainText("worker-199");
  expect(page.url()).toContain("sort=-worker");
});
