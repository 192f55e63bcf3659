// The page in a real browser, before a simulated server. Debian's Chromium; SHOAL_CHROMIUM names
// another.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "test",
  testMatch: "*.spec.ts",
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  outputDir: "../build/web-results",
  webServer: { command: "node test/serve.mjs 3177", url: "http://127.0.0.1:3177/", reuseExistingServer: false },
  use: {
    baseURL: "http://127.0.0.1:3177",
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath: process.env.SHOAL_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] },
  },
});
