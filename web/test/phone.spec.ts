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
