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
  // A free port: two runs on one machine do not meet.
  webServer: { command: "node test/serve.mjs 0", wait: { stdout: /127\.0\.0\.1:(?<shoal_web_port>\d+)/ } },
  use: {
    baseURL: `http://127.0.0.1:${process.env.SHOAL_WEB_PORT}`,
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath: process.env.SHOAL_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] },
  },
});
