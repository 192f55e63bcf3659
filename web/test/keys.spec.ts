// Without a pointer.
import { expect, test } from "@playwright/test";
import { open, reads } from "./page";

test("pages, theme, pause, table and help have keys", async ({ page }) => {
  await open(page, "healthy");
  await page.keyboard.press("3");
  await expect(page).toHaveURL(/#page=logs$/);
  await page.keyboard.press("1");
  await page.keyboard.press("t");
  await expect(page.locator("html")).toHaveAttribute("data-theme", /light|dark/);
  await page.keyboard.press("p");
  await expect(page.locator(".facts")).toContainText("paused");
  const before = await page.locator(".strip").innerText();
  await page.waitForTimeout(2500);
  expect(await page.locator(".strip").innerText()).toBe(before);
  await page.keyboard.press("p");
  await page.keyboard.press("c");
  await expect(page.locator(".timeline table tbody tr")).toHaveCount(30);
  await page.keyboard.press("c");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("the charts are read by arrows", async ({ page }) => {
  await open(page, "overload");
  await page.locator(".lanes").focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowLeft");
  await reads(page, ".timeline .panel-head .sub", /^values at \d\d:\d\d:\d\d, \d+ s ago/);
  await page.keyboard.press("Enter");
  await reads(page, ".timeline .panel-head .sub", /^pinned at/);
  await page.keyboard.press("Escape");
  await reads(page, ".timeline .panel-head .sub", /^values of the last second$/);
});

test("everything is reached by Tab, and the focus is seen", async ({ page }) => {
  await open(page, "lost");
  const reached = new Set<string>();
  for (let i = 0; i < 60; ++i) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => {
      const at = document.activeElement as HTMLElement;
      if (at === document.body) return ""; // the browser's own
      const outline = getComputedStyle(at).outlineStyle;
      return `${at.closest("section, header, main")?.className ?? at.className}${outline === "none" ? " UNSEEN" : ""}`;
    }));
  }
  expect([...reached].filter((one) => one.includes("UNSEEN"))).toEqual([]);
  for (const part of ["top", "panel timeline", "panel workers ", "panel events"]) expect([...reached], part).toContain(part);
});
