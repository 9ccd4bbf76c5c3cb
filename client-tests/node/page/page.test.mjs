import assert from "node:assert/strict";
import { test } from "node:test";
import { CAPITAL, demo, dictated, ENDLESS, golden, idle, keyed } from "../servers.mjs";
import { browser, card, textOf, tick, untilText } from "./browser.mjs";

const chromium = browser();

test("three ticked adapters answer a typed prompt side by side", async () => {
  const { page, faults, close } = await chromium.open(demo);
  const ticked = ["shout", "brief", "emoji"];
  await tick(page, ticked);
  await page.locator("#prompt").fill(CAPITAL);
  await page.locator("#send").click();

  for (const name of ticked) {
    const wanted = golden(name, CAPITAL).text;
    assert.equal(await untilText(page, name, (text) => text.length >= wanted.length), wanted);
    await card(page, name).locator("footer", { hasText: /^stop · / }).waitFor();
  }
  assert.equal(await page.locator("article").count(), 3);
  assert.match(await page.locator("#model").textContent(), /^demo, 5 adapters$/);
  assert.deepEqual(faults, []);
  await close();
});

test("one of three streams is stopped and the others go on", async () => {
  const { page, faults, close } = await chromium.open(dictated);
  const ticked = ["pirate", "json", "shout"];
  await tick(page, ticked);
  await page.locator("#prompt").fill(ENDLESS);
  await page.locator("#tokens").fill("1500");
  await page.locator("#send").click();
  for (const name of ticked) await untilText(page, name, (text) => text.length > 0);

  await card(page, "json").locator("button").click();

  await card(page, "json").locator("footer", { hasText: /^stopped · / }).waitFor();
  const stopped = await textOf(page, "json");
  for (const name of ["pirate", "shout"]) {
    const soFar = await textOf(page, name);
    await untilText(page, name, (text) => text.length > soFar.length);
  }
  assert.equal(await textOf(page, "json"), stopped);
  assert.notEqual(stopped, "");

  await page.locator("#stop").click();

  for (const name of ["pirate", "shout"]) {
    await card(page, name).locator("footer", { hasText: /^stopped · / }).waitFor();
  }
  await idle(dictated);
  assert.deepEqual(faults, []);
  await close();
});

test("nothing ticked is said and asks nobody", async () => {
  const { page, close } = await chromium.open(demo);
  await tick(page, []);
  await page.locator("#send").click();

  await page.locator("#problem", { hasText: "Tick at least one." }).waitFor();
  assert.equal(await page.locator("article").count(), 0);
  await close();
});

test("the page asks for a key until it has a good one", async () => {
  const { page, faults, close } = await chromium.open("about:blank");
  const keys = ["key-of-nobody", "key-of-alice"];
  let asked = 0;
  page.on("dialog", (dialog) => {
    asked++;
    return dialog.accept(keys.shift());
  });
  await page.goto(keyed);
  await tick(page, ["shout"]);
  await page.locator("#prompt").fill(CAPITAL);
  await page.locator("#send").click();

  const wanted = golden("shout", CAPITAL).text;
  assert.equal(await untilText(page, "shout", (text) => text.length >= wanted.length), wanted);
  assert.equal(asked, 2);
  assert.deepEqual(faults, []);
  await close();
});

test("a page without a key says why it shows nothing", async () => {
  const { page, close } = await chromium.open("about:blank");
  page.on("dialog", (dialog) => dialog.dismiss());
  await page.goto(keyed);

  await page.locator("#model", { hasText: "HTTP 401" }).waitFor();
  assert.equal(await page.locator("#variants input").count(), 0);
  await close();
});

test("a key that sees one adapter shows one adapter", async () => {
  const { page, close } = await chromium.open("about:blank");
  page.on("dialog", (dialog) => dialog.accept("key-of-bob"));
  await page.goto(keyed);
  await page.locator("#variants input").first().waitFor();

  const shown = await page.locator("#variants input").evaluateAll((boxes) => boxes.map((box) => box.value));
  assert.deepEqual(shown, ["demo", "pirate"]);
  await close();
});
