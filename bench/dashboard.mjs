// The dashboard's page in Chromium, by the browser's own counters: node dashboard.mjs URL SECONDS. One line of JSON.
// Milliseconds a second are medians over the seconds; heap_mb is after a collection, at the begin, half-way and the end.
import { chromium } from "../web/node_modules/@playwright/test/index.mjs";

const [url, seconds] = process.argv.slice(2);
const COUNTERS = ["ScriptDuration", "RecalcStyleDuration", "LayoutDuration", "TaskDuration"];
const browser = await chromium.launch({
  executablePath: process.env.SHOAL_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
const errors = [];
page.on("pageerror", (error) => errors.push(String(error)));
const session = await page.context().newCDPSession(page);
await session.send("Performance.enable");
await session.send("Network.enable");
let bytes = 0;
session.on("Network.loadingFinished", (loaded) => (bytes += loaded.encodedDataLength));
let streamed = 0;
session.on("Network.dataReceived", (data) => (streamed += data.dataLength));

const counters = async () =>
  Object.fromEntries((await session.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
const heap = async () => {
  await session.send("HeapProfiler.collectGarbage");
  return Number(((await counters()).JSHeapUsedSize / 1e6).toFixed(2));
};
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

await page.goto(url);
await page.waitForTimeout(5000);
const paint = await page.evaluate(() =>
  Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1));
const loaded = bytes;
const rows = [];
const heaps = [await heap()];
const streamedBefore = streamed;
let before = await counters();
for (let second = 0; second < Number(seconds); ++second) {
  await page.waitForTimeout(1000);
  if (second === Math.floor(Number(seconds) / 2)) heaps.push(await heap());
  const after = await counters();
  rows.push(COUNTERS.map((name) => (1000 * (after[name] - before[name])) / (after.Timestamp - before.Timestamp)));
  before = after;
}
heaps.push(await heap());
const column = (index) => Number(median(rows.map((row) => row[index])).toFixed(1));
const sums = rows.map(([script, style, layout]) => script + style + layout);
console.log(JSON.stringify({
  first_paint_ms: paint, loaded_bytes: loaded, streamed_bytes_a_second: Math.round((streamed - streamedBefore) / Number(seconds)),
  script: column(0), style: column(1), layout: column(2), sum: Number(median(sums).toFixed(1)), task: column(3),
  heap_mb: heaps, nodes: before.Nodes, errors,
}));
await browser.close();
