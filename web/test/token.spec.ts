// Where the server has an operator's token.
import { expect, test, type Page } from "@playwright/test";
import { accessibilityFaults, open } from "./page";

const WRONG = "The server did not accept this token";

const field = (page: Page) => page.getByRole("textbox", { name: /operator's token/ });

async function sendsToken(page: Page, token: string): Promise<void> {
  await field(page).fill(token);
  await page.keyboard.press("Enter");
}

test("a wrong token is told, the field keeps the focus, and the right one opens the page", async ({ page }) => {
  await open(page, "token", "#page=logs");
  await expect(field(page)).toBeVisible();
  await expect(page.getByText(WRONG)).toHaveCount(0);
  for (const wrong of ["guess", "another guess"]) {
    await sendsToken(page, wrong);
    await expect(page.getByRole("alert")).toContainText(WRONG);
    await expect(field(page)).toBeFocused();
    await expect(field(page)).toHaveAttribute("aria-invalid", "true");
    expect(await accessibilityFaults(page)).toEqual([]);
  }
  await page.keyboard.type("s"); // what stood there was selected
  await expect(field(page)).toHaveValue("s");
  await expect(page.getByText(WRONG)).toHaveCount(0);
  await field(page).fill("oops");
  await page.getByRole("button", { name: "Show it" }).click();
  await expect(field(page)).toBeFocused();
  await sendsToken(page, "secret");
  await expect(page.locator(".log li").first()).toBeVisible();
  await page.keyboard.press("5");
  await expect(page.locator(".settings tbody tr").first()).toBeVisible();
});

test("a wrong token is told in the worker's dialog, and in a page that is opened later it is asked for anew", async ({ page }) => {
  await open(page, "token", "#worker=worker-2");
  await page.getByRole("button", { name: "Drain worker-2" }).click();
  await page.getByRole("button", { name: "Yes, drain worker-2" }).click();
  await sendsToken(page, "guess");
  await expect(page.getByRole("dialog")).toContainText(WRONG);
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("5");
  await expect(field(page)).toBeVisible();
  await expect(page.getByText(WRONG)).toHaveCount(0);
  await sendsToken(page, "secret");
  await expect(page.locator(".settings tbody tr").first()).toBeVisible();
});
