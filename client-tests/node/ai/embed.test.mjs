import assert from "node:assert/strict";
import { test } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embed, embedMany } from "ai";
import { demo } from "../servers.mjs";

const lorikeet = createOpenAICompatible({ name: "lorikeet", baseURL: `${demo}/v1` });

test("a value and a list of values become vectors", async () => {
  const values = ["a lighthouse by the sea", "seven plus five"];
  const one = await embed({ model: lorikeet.embeddingModel("demo"), value: values[0] });
  const many = await embedMany({ model: lorikeet.embeddingModel("demo"), values });

  assert.equal(one.embedding.length, 256);
  assert.deepEqual(many.embeddings[0], one.embedding);
  assert.notDeepEqual(many.embeddings[1], one.embedding);
  assert.ok(one.usage.tokens > 0);
});
