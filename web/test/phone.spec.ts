// On a telephone.
import { expect, test } from "@playwright/test";
import { open } from "./page";

test.use({ viewport: { width: 320, height: 700 } });

test("the page that one is on is seen among the tabs", async ({ page }) => {
  await open(page, "healthy", "#page=config");
  const config = page.getByRole("tab", { name: "Configuration" });
  await expect(config).toBeInViewport({ ratio: 0.99 });
  await page.evaluate(() => (location.hash = ""));
  await expect(page.getByRole("tab", { name: "Overview" })).toBeInViewport({ ratio: 0.99 });
  await page.getByRole("tab", { name: "Overview" }).focus();
  await page.keyboard.press("ArrowLeft");
  await expect(config).toBeFocused();
  await expect(config).toBeInViewport({ ratio: 0.99 });
});

test("another page begins at its top, and the way back leads to where one was", async ({ page }) => {
  await open(page, "healthy");
  await page.evaluate(() => scrollTo(0, 900));
  await page.keyboard.press("4");
  await expect(page.getByRole("textbox", { name: "Texts" })).toBeInViewport();
  expect(await page.evaluate(() => scrollY)).toBe(0);
  await page.goBack();
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(900);
});
