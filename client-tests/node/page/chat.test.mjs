import assert from "node:assert/strict";
import { test } from "node:test";
import { CAPITAL, demo, dictate, dictated, ENDLESS, golden, idle, keyed } from "../servers.mjs";
import { browser } from "./browser.mjs";

const chromium = browser();

async function openChat(server, model) {
  const opened = await chromium.open(`${server}/#chat`);
  const sockets = [];
  opened.page.on("websocket", (socket) => sockets.push(socket));
  await opened.page.getByTestId("chat-model").selectOption(model);
  return { ...opened, sockets };
}

async function say(page, text) {
  await page.getByTestId("chat-input").fill(text);
  await page.getByTestId("chat-input").press("Enter");
}

// The text of answer number `index` once its footer says how it ended.
async function answer(page, index, how) {
  const item = page.getByTestId("chat-answer").nth(index);
  await item.locator("footer", { hasText: new RegExp(`^${how} · `) }).waitFor();
  return item.locator(".text").textContent();
}

async function begun(page, index) {
  await page.getByTestId("chat-answer").nth(index).locator(".text", { hasText: /\w/ }).waitFor();
}

test("a chat goes on from turn to turn over one socket", async () => {
  const { page, faults, sockets, close } = await openChat(demo, "demo");

  await say(page, "Hi, I am Ben.");
  await answer(page, 0, "completed");
  await say(page, "What is my name?");
  assert.equal(await answer(page, 1, "completed"), "Your name is Ben.");
  await page.getByTestId("chat-model").selectOption("shout");
  await say(page, CAPITAL);
  assert.match(await answer(page, 2, "completed"), /^[^a-z]*PARIS[^a-z]*$/);

  assert.equal(sockets.length, 1);
  assert.match(sockets[0].url(), /^ws:.*\/v1\/responses$/);
  assert.deepEqual(faults, []);
  await close();
});

test("an answer is stopped on its way and the chat goes on", async () => {
  const { page, faults, close } = await openChat(dictated, "tools");
  await page.getByTestId("chat-tokens").fill("1500");
  await say(page, ENDLESS);
  await begun(page, 0);

  await page.getByTestId("chat-stop").click();

  const stopped = await answer(page, 0, "stopped");
  assert.ok(stopped.length < ENDLESS.length / 2, `${stopped.length} characters`);
  await idle(dictated);
  await say(page, dictate("I go on."));
  assert.equal(await answer(page, 1, "completed"), "I go on.");
  assert.deepEqual(faults, []);
  await close();
});

test("a new chat begun in the midst of an answer gets nothing of it", async () => {
  const { page, faults, close } = await openChat(dictated, "tools");
  await page.getByTestId("chat-tokens").fill("1500");
  await say(page, ENDLESS);
  await begun(page, 0);

  await page.getByTestId("chat-new").click();
  await say(page, dictate("I am new."));

  assert.equal(await answer(page, 0, "completed"), "I am new.");
  assert.equal(await page.getByTestId("chat-answer").count(), 1);
  await idle(dictated);
  assert.deepEqual(faults, []);
  await close();
});

test("the chat brings the key of its tab", async () => {
  const { page, faults, close } = await chromium.open("about:blank");
  page.on("dialog", (dialog) => dialog.accept("key-of-alice"));
  await page.goto(`${keyed}/#chat`);
  await page.getByTestId("chat-model").selectOption("emoji");

  await say(page, CAPITAL);

  assert.equal(await answer(page, 0, "completed"), golden("emoji", CAPITAL).text);
  assert.deepEqual(faults, []);
  await close();
});
