import assert from "node:assert/strict";
import { test } from "node:test";
import { CAPITAL, demo, golden, json, post } from "../servers.mjs";

async function answer(lora) {
  const body = { model: "", messages: [{ role: "user", content: CAPITAL }], temperature: 0, lora };
  return (await json(await post(demo, "/v1/chat/completions", body))).choices[0].message.content;
}

async function numbers() {
  const list = await json(await fetch(`${demo}/lora-adapters`));
  return Object.fromEntries(list.map(({ id, path }) => [path, id]));
}

test("adapters are chosen by the numbers that /lora-adapters gives", async () => {
  const ids = await numbers();

  assert.equal(await answer([{ id: ids.shout, scale: 1 }]), golden("shout", CAPITAL).text);
  assert.equal(await answer([{ id: ids.emoji, scale: 1 }, { id: ids.json, scale: 0 }]), golden("emoji", CAPITAL).text);
});

test("a list of scales of 0 is the base", async () => {
  const ids = await numbers();

  assert.equal(await answer([{ id: ids.pirate, scale: 0 }]), golden(null, CAPITAL).text);
});

test("requests with different lists run side by side", async () => {
  const ids = await numbers();
  const variants = ["brief", "emoji", "json", "shout"];

  const answers = await Promise.all(variants.map((variant) => answer([{ id: ids[variant], scale: 1 }])));

  assert.deepEqual(answers, variants.map((variant) => golden(variant, CAPITAL).text));
});

test("tokens, texts and rendered chats go both ways", async () => {
  const run = golden(null, CAPITAL);
  const { tokens } = await json(await post(demo, "/tokenize", { content: run.prompt }));
  const detokenized = await json(await post(demo, "/detokenize", { tokens }));
  const { prompt } = await json(await post(demo, "/apply-template", { messages: run.messages }));

  assert.deepEqual(tokens, run.prompt_ids);
  assert.equal(detokenized.content, run.prompt);
  assert.equal(prompt, run.prompt);
});
