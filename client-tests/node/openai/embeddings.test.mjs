import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { demo } from "../servers.mjs";
import { client } from "./client.mjs";

const openai = client(demo);
const HIDDEN = 256;

function embed(body) {
  return openai.embeddings.create({ model: "demo", input: "a lighthouse by the sea", ...body });
}

test("a text becomes a vector of the model's width", async () => {
  const { object, data, model, usage } = await embed({ encoding_format: "float" });

  assert.equal(object, "list");
  assert.equal(model, "demo");
  assert.equal(data.length, 1);
  assert.equal(data[0].object, "embedding");
  assert.equal(data[0].index, 0);
  assert.equal(data[0].embedding.length, HIDDEN);
  assert.ok(data[0].embedding.every(Number.isFinite));
  assert.ok(usage.prompt_tokens > 0);
  assert.equal(usage.total_tokens, usage.prompt_tokens);
});

test("base64, which the client asks for by itself, is the same vector", async () => {
  const [float, base64] = await Promise.all([embed({ encoding_format: "float" }), embed({})]);

  assert.deepEqual(
    Array.from(base64.data[0].embedding),
    Array.from(new Float32Array(float.data[0].embedding)),
  );
});

test("each input of a list has its own vector, alone or not", async () => {
  const input = ["a lighthouse by the sea", "seven plus five"];
  const together = await embed({ input, encoding_format: "float" });
  const alone = await Promise.all(input.map((text) => embed({ input: text, encoding_format: "float" })));

  assert.deepEqual(together.data.map(({ index }) => index), [0, 1]);
  assert.deepEqual(together.data.map(({ embedding }) => embedding), alone.map(({ data }) => data[0].embedding));
  assert.notDeepEqual(together.data[0].embedding, together.data[1].embedding);
});

test("token ids are an input too", async () => {
  const { tokens } = await openai.post("/../tokenize", { body: { prompt: "a lighthouse", model: "demo" } });
  const [ids, text] = await Promise.all([
    embed({ input: tokens, encoding_format: "float" }),
    embed({ input: "a lighthouse", encoding_format: "float" }),
  ]);

  assert.deepEqual(ids.data[0].embedding, text.data[0].embedding);
});

test("an adapter by its name gives another vector", async () => {
  const [base, pirate] = await Promise.all([embed({}), embed({ model: "pirate" })]);

  assert.equal(pirate.data[0].embedding.length, HIDDEN);
  assert.notDeepEqual(pirate.data[0].embedding, base.data[0].embedding);
});

test("a model that is not there is a NotFoundError and an empty input a BadRequestError", async () => {
  await assert.rejects(embed({ model: "nobody" }), OpenAI.NotFoundError);
  await assert.rejects(embed({ input: [] }), OpenAI.BadRequestError);
});
