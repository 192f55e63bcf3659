// A whole watch with keys alone: no test here touches the pointer.
import { expect, test, type Locator, type Page } from "@playwright/test";
import { open, reads } from "./page";

/** Tab, or another key, until the focus is there. */
async function tabTo(page: Page, wanted: Locator, key = "Tab"): Promise<void> {
  for (let i = 0; i < 60; ++i) {
    if (await wanted.evaluateAll((found) => found.includes(document.activeElement as HTMLElement & SVGElement))) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not lead to ${wanted}`);
}

async function press(page: Page, wanted: Locator, key = "Enter"): Promise<void> {
  await tabTo(page, wanted);
  await page.keyboard.press(key);
}

test("the first Tab leads past the tabs", async ({ page }) => {
  await open(page, "healthy");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
});

test("arrows switch the pages", async ({ page }) => {
  await open(page, "healthy");
  await tabTo(page, page.getByRole("tab", { name: "Overview" }));
  for (const name of ["Slow requests", "Logs", "Try it", "Configuration"]) {
    await page.keyboard.press("ArrowRight");
    await expect(page.getByRole("tab", { name })).toBeFocused();
    await expect(page.getByRole("tabpanel", { name })).toBeVisible();
  }
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tabpanel", { name: "Overview" })).toBeVisible();
});

test("a worker's dialog: look, change one's mind, drain, resume, and back to the row", async ({ page }) => {
  await open(page, "healthy");
  const row = page.getByRole("button", { name: "worker-2", exact: true });
  const dialog = page.getByRole("dialog", { name: "Worker worker-2" });
  const drain = dialog.getByRole("button", { name: "Drain worker-2", exact: true });
  const keep = dialog.getByRole("button", { name: "Keep it" });
  await press(page, row);
  await expect(dialog).toBeVisible();
  await press(page, drain);
  await expect(keep).toBeFocused(); // one who presses Enter twice drains nothing
  await page.keyboard.press("Enter");
  await expect(drain).toBeFocused();
  await page.keyboard.press("Enter");
  await press(page, dialog.getByRole("button", { name: "Yes, drain worker-2" }));
  await expect(dialog.getByRole("status")).toHaveText(/worker-2 is drained/);
  await expect(dialog.getByRole("button", { name: "Resume worker-2" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("status")).toHaveText(/worker-2 gets work again/);
  await expect(drain).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(row).toBeFocused();
});

test("a moment is pinned by a mark or by arrows, the charts become a table", async ({ page }) => {
  await open(page, "lost");
  await press(page, page.locator(".lanes"), "Shift+ArrowLeft");
  await page.keyboard.press("Enter");
  await reads(page, ".timeline .panel-head .sub", /^pinned at \d\d:\d\d:\d\d, \d+ s ago/);
  await press(page, page.getByRole("button", { name: /worker-3 was lost/ }).and(page.locator(".marks button")));
  await expect(page.locator(".events li")).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(page.locator(".crosshair")).toHaveCount(0);
  await tabTo(page, page.getByRole("button", { name: "Show as table" }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Show as charts" })).toBeFocused();
  await press(page, page.getByRole("region", { name: "The last five minutes in numbers" }), "End");
  await expect(page.locator(".timeline tbody tr").last()).toBeInViewport();
});

test("the keys are listed, and the focus comes back from the list", async ({ page }) => {
  await open(page, "healthy");
  await press(page, page.getByRole("button", { name: "Keys" }));
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Keys" })).toBeFocused();
  await page.keyboard.press("?");
  await press(page, page.getByRole("dialog").getByRole("button", { name: "Close" }));
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("texts are typed and sent", async ({ page }) => {
  await open(page, "healthy", "#page=try");
  const texts = page.getByRole("textbox", { name: "Texts" });
  await tabTo(page, texts);
  await page.keyboard.press("Control+a");
  await page.keyboard.type("one text\nanother text");
  await press(page, page.getByRole("button", { name: "Embed", exact: true }));
  await expect(page.getByRole("heading", { name: /^2\s+vectors of 384 dimensions/ })).toBeVisible();
  await tabTo(page, texts, "Shift+Tab");
  await page.keyboard.press("Control+End");
  await page.keyboard.type("\na third");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("heading", { name: /^3\s+vectors/ })).toBeVisible();
});
