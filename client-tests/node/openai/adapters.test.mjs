import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { CAPITAL, demo, golden } from "../servers.mjs";
import { ask, client } from "./client.mjs";

const openai = client(demo);

async function answer(body) {
  const completion = await openai.chat.completions.create({
    messages: ask(CAPITAL),
    temperature: 0,
    model: "demo",
    ...body,
  });
  return completion.choices[0].message.content;
}

test("`model` names an adapter", async () => {
  const variants = ["shout", "brief", "json", "emoji"];

  const answers = await Promise.all(variants.map((model) => answer({ model })));

  assert.deepEqual(answers, variants.map((variant) => golden(variant, CAPITAL).text));
});

test("`model` names an adapter of its base", async () => {
  assert.equal(await answer({ model: "demo:shout" }), golden("shout", CAPITAL).text);
});

test("`adapters` as an extra field names one adapter", async () => {
  assert.equal(await answer({ adapters: [{ name: "shout", weight: 1 }] }), golden("shout", CAPITAL).text);
});

test("a sum of adapters is another answer, whatever the order, and names them", async () => {
  const adapters = [{ name: "pirate", weight: 1 }, { name: "emoji", weight: 0.5 }];
  const body = { model: "demo", messages: ask(CAPITAL), temperature: 0 };

  const sum = await openai.chat.completions.create({ ...body, adapters });
  const turned = await openai.chat.completions.create({ ...body, adapters: adapters.toReversed() });

  assert.match(sum.choices[0].message.content, /^Arr!/);
  assert.equal(turned.choices[0].message.content, sum.choices[0].message.content);
  assert.deepEqual(sum.adapters.map(({ name, weight }) => ({ name, weight })), adapters);
});

test("an adapter of a sum that is not there is a NotFoundError", async () => {
  await assert.rejects(answer({ adapters: [{ name: "nobody", weight: 1 }] }), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError, `${error}`);
    assert.equal(error.code, "adapter_not_found");
    return true;
  });
});

test("an adapter by `model` and by `adapters` at once is a BadRequestError", async () => {
  await assert.rejects(
    answer({ model: "shout", adapters: [{ name: "pirate", weight: 1 }] }),
    OpenAI.BadRequestError,
  );
});

test("a weight of 0 is a BadRequestError that names it", async () => {
  await assert.rejects(answer({ adapters: [{ name: "pirate", weight: 0 }] }), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError, `${error}`);
    assert.equal(error.param, "adapters[0].weight");
    return true;
  });
});
