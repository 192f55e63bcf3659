// Faults of a real server, and how soon its page shows them. Where the program is not built these are
// left out. A machine that has no time for the browser may be late once.
import { existsSync } from "node:fs";
import { expect, test, type Page } from "@playwright/test";
import { reads } from "./page";
import { BINARY, Server } from "./server";

const SOON_MS = 2000;

test.describe.configure({ mode: "serial", retries: 1 });
test.skip(!existsSync(BINARY), `no program at ${BINARY}`);

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
  const load = server.load("--rate=20", "--duration=1s"); // before the first request the page speaks of nothing else
  await new Promise((done) => load.once("exit", done));
});
test.afterAll(() => server?.stop());

type Seen = [text: string, ms: number][];

/** Opens the page, which notes from then on when each sentence, event and row of a worker appeared. */
async function watch(page: Page): Promise<void> {
  await page.goto(`http://${server.ready.dashboard}/`);
  await expect(page.locator(".workers tbody tr")).toHaveCount(3);
  await page.evaluate(() => {
    const seen: Seen = ((window as unknown as { seen: Seen }).seen = []);
    let before = new Set<string>();
    const note = () => {
      const now = new Set([...document.querySelectorAll<HTMLElement>(".state h1, .events li, .workers tbody tr")].map((one) => one.innerText.replace(/\s+/g, " ")));
      for (const text of now) if (!before.has(text)) seen.push([text, Date.now()]);
      before = now;
    };
    note();
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}

/** When something like this appeared first; waits for it. */
async function firstSeen(page: Page, what: RegExp, sinceMs: number): Promise<number> {
  const found = await page.waitForFunction(
    ([source, since]) => {
      const wanted = new RegExp(source);
      return (window as unknown as { seen: Seen }).seen.find(([text, ms]) => ms >= since && wanted.test(text))?.[1];
    },
    [what.source, sinceMs] as const,
    { timeout: 20_000 },
  );
  return (await found.jsonValue()) ?? NaN;
}

/** Fails where it was not seen soon after `sinceMs`, and says how soon. */
async function seenSoon(page: Page, name: string, what: RegExp, sinceMs: number): Promise<void> {
  const tookMs = (await firstSeen(page, what, sinceMs)) - sinceMs;
  console.log(`    ${name}: seen after ${(tookMs / 1000).toFixed(2)} s`);
  expect.soft(tookMs, name).toBeLessThan(SOON_MS);
}

test("a worker that is killed", async ({ page }) => {
  await watch(page);
  const [victim] = server.ready.workers;
  if (victim === undefined) throw new Error("no worker");
  const killedMs = Date.now();
  process.kill(victim.pid, "SIGKILL");
  await seenSoon(page, "killed worker, its event", new RegExp(`${victim.id} was lost`), killedMs);
  await seenSoon(page, "killed worker, its row", new RegExp(`^${victim.id} .*lost`), killedMs);
  await seenSoon(page, "killed worker, the sentence", new RegExp(`^Degraded: ${victim.id} lost, 2 of 3 workers serve`), killedMs);
  await firstSeen(page, new RegExp(`${victim.id} returned`), killedMs);
  await reads(page, ".workers .sub", /^3 ready$/);
});

test("a worker that is drained on the page", async ({ page }) => {
  await watch(page);
  const id = server.ready.workers[1]?.id ?? "";
  await page.getByRole("button", { name: id, exact: true }).click();
  await page.getByRole("button", { name: `Drain ${id}` }).click();
  const yes = page.getByRole("button", { name: `Yes, drain ${id}` });
  await yes.focus();
  const drainedMs = Date.now();
  await page.keyboard.press("Enter");
  await seenSoon(page, "drain, its row", new RegExp(`^${id} .*drained`), drainedMs);
  await seenSoon(page, "drain, the sentence", /1 of 3 workers out by request/, drainedMs);
  await seenSoon(page, "drain, its event", new RegExp(`${id} is drained: an operator`), drainedMs);
  const resumedMs = Date.now();
  await page.getByRole("button", { name: `Resume ${id}` }).click();
  await seenSoon(page, "resume, its row", new RegExp(`^${id} .*ready`), resumedMs);
});

test("more work than can be done", async ({ page }) => {
  await watch(page);
  const beganMs = Date.now();
  const load = server.load("--rate=1200", "--texts-per-request=16", "--text-tokens=128", "--deadline=100ms", "--duration=6s");
  try {
    await firstSeen(page, /texts are refused as/, beganMs);
    // The moment at which the server refused first is its event's.
    const state = (await (await page.request.get(`http://${server.ready.dashboard}/api/v1/snapshot`)).json()) as { events: Record<string, { kind: string; unix_ms: number }> };
    const refusedMs = Math.min(...Object.values(state.events).filter((event) => event.kind === "refusing").map((event) => event.unix_ms));
    await seenSoon(page, "overload, its event", /texts are refused as/, refusedMs);
    await seenSoon(page, "overload, the sentence", /^(Overloaded|Refusing)/, refusedMs);
    await expect(page.locator(".ledger tr.reason").first()).toBeVisible();
  } finally {
    load.kill("SIGKILL");
  }
});
