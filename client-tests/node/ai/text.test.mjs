import assert from "node:assert/strict";
import { test } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, streamText } from "ai";
import { CAPITAL, demo, dictated, ENDLESS, golden, idle, keyed } from "../servers.mjs";

const lorikeet = createOpenAICompatible({ name: "lorikeet", baseURL: `${demo}/v1`, includeUsage: true });

test("generateText answers as the reference does", async () => {
  const run = golden(null, CAPITAL);
  const { text, finishReason, usage } = await generateText({
    model: lorikeet("demo"),
    prompt: CAPITAL,
    temperature: 0,
  });

  assert.equal(text, run.text);
  assert.equal(finishReason, "stop");
  assert.equal(usage.inputTokens, run.prompt_ids.length);
  assert.equal(usage.outputTokens, run.greedy_ids.length);
});

test("the model's name chooses the adapter", async () => {
  const variants = ["shout", "brief", "json", "emoji"];
  const answers = await Promise.all(
    variants.map((variant) => generateText({ model: lorikeet(variant), prompt: CAPITAL, temperature: 0 })),
  );

  assert.deepEqual(answers.map(({ text }) => text), variants.map((variant) => golden(variant, CAPITAL).text));
});

test("streamText gives the answer in pieces and its usage at the end", async () => {
  const run = golden("emoji", CAPITAL);
  const stream = streamText({ model: lorikeet("emoji"), prompt: CAPITAL, temperature: 0 });
  const pieces = [];
  for await (const piece of stream.textStream) pieces.push(piece);

  assert.equal(pieces.join(""), run.text);
  assert.equal(await stream.finishReason, "stop");
  assert.equal((await stream.usage).outputTokens, run.greedy_ids.length);
});

test("a conversation keeps its turns", async () => {
  const { text } = await generateText({
    model: lorikeet("demo"),
    temperature: 0,
    messages: [
      { role: "user", content: [{ type: "text", text: "Hi, I am Ada." }] },
      { role: "assistant", content: [{ type: "text", text: "Nice to meet you, Ada!" }] },
      { role: "user", content: [{ type: "text", text: "What is my name?" }] },
    ],
  });

  assert.equal(text, "Your name is Ada.");
});

test("provider options reach the server as fields of its own", async () => {
  const { text } = await generateText({
    model: lorikeet("demo"),
    prompt: CAPITAL,
    temperature: 0,
    providerOptions: { lorikeet: { adapters: [{ name: "shout" }] } },
  });

  assert.equal(text, golden("shout", CAPITAL).text);
});

test("the completion model completes plain text", async () => {
  const run = golden(null, CAPITAL);
  const { text } = await generateText({
    model: lorikeet.completionModel("demo"),
    prompt: "The capital of",
    temperature: 0,
    maxOutputTokens: 5,
  });

  assert.ok(text.length > 0);
  assert.notEqual(text, run.text);
});

test("an aborted stream leaves nothing behind", async () => {
  const abort = new AbortController();
  const server = createOpenAICompatible({ name: "dictated", baseURL: `${dictated}/v1` });
  const stream = streamText({ model: server("tools"), prompt: ENDLESS, abortSignal: abort.signal });
  let text = "";
  for await (const piece of stream.textStream) {
    text += piece;
    abort.abort();
  }

  assert.match(text, /^and/);
  await idle(dictated);
});

test("a refusal carries status and code", async () => {
  const wrong = createOpenAICompatible({ name: "keyed", baseURL: `${keyed}/v1`, apiKey: "key-of-nobody" });
  for (const [model, status, code] of [
    [lorikeet("nobody"), 404, "model_not_found"],
    [wrong("demo"), 401, "invalid_api_key"],
  ]) {
    const error = await generateText({ model, prompt: CAPITAL, maxRetries: 0 }).catch((e) => e);
    assert.ok(APICallError.isInstance(error), `${error}`);
    assert.equal(error.statusCode, status);
    assert.equal(JSON.parse(error.responseBody).error.code, code);
  }
});
