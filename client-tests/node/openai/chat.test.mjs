import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { busy, CAPITAL, demo, dictated, ENDLESS, golden, idle, tokensWritten } from "../servers.mjs";
import { ask, client, collect } from "./client.mjs";

const openai = client(demo);
const paris = golden(null, CAPITAL);

function chat(body, options) {
  return openai.chat.completions.create(
    { model: "demo", messages: ask(CAPITAL), temperature: 0, ...body },
    options,
  );
}

test("a question is answered as the reference answers it", async () => {
  const completion = await chat({});

  assert.match(completion.id, /^chatcmpl-/);
  assert.equal(completion.object, "chat.completion");
  assert.equal(completion.model, "demo");
  assert.equal(completion.choices[0].message.role, "assistant");
  assert.equal(completion.choices[0].message.content, paris.text);
  assert.equal(completion.choices[0].finish_reason, "stop");
  assert.equal(completion.usage.prompt_tokens, paris.prompt_ids.length);
  assert.equal(completion.usage.completion_tokens, paris.greedy_ids.length);
});

test("parts of text are joined to one content", async () => {
  const [first, second] = ["What is the capital", " of France?"];
  const completion = await chat({
    messages: ask([{ type: "text", text: first }, { type: "text", text: second }]),
  });

  assert.equal(completion.usage.completion_tokens > 0, true);
  assert.match(completion.choices[0].message.content, /Paris/);
});

test("a conversation with a system message and a name is understood", async () => {
  const completion = await chat({
    messages: [
      { role: "user", content: "Hi, I am Ada.", name: "ada" },
      { role: "assistant", content: "Nice to meet you, Ada!" },
      { role: "user", content: "What is my name?" },
    ],
  });

  assert.equal(completion.choices[0].message.content, "Your name is Ada.");
});

test("n choices are drawn side by side", async () => {
  const drawn = { messages: ask("Tell me a story."), temperature: 1.2, max_completion_tokens: 30 };
  const completion = await chat({ ...drawn, n: 3, seed: 5 });
  const second = await chat({ ...drawn, seed: 6 });

  assert.deepEqual(completion.choices.map((choice) => choice.index), [0, 1, 2]);
  assert.equal(completion.choices[1].message.content, second.choices[0].message.content);
});

test("a seed gives the same answer again", async () => {
  const drawn = { messages: ask("Tell me a story."), temperature: 1, seed: 11, max_completion_tokens: 40 };
  const [first, again, other] = await Promise.all([chat(drawn), chat(drawn), chat({ ...drawn, seed: 12 })]);

  assert.equal(first.choices[0].message.content, again.choices[0].message.content);
  assert.notEqual(first.choices[0].message.content, other.choices[0].message.content);
});

test("logprobs carry bytes and the likeliest tokens", async () => {
  const completion = await chat({ logprobs: true, top_logprobs: 2 });

  const { content } = completion.choices[0].logprobs;
  assert.equal(content.length, paris.greedy_ids.length);
  assert.equal(content.slice(0, -1).map((entry) => entry.token).join(""), paris.text);
  for (const entry of content) {
    assert.equal(entry.top_logprobs.length, 2);
    assert.equal(entry.top_logprobs[0].token, entry.token);
    assert.equal(entry.top_logprobs[0].logprob, entry.logprob);
    assert.ok(entry.top_logprobs[0].logprob >= entry.top_logprobs[1].logprob);
    assert.equal(Buffer.from(entry.bytes).toString(), entry.token);
  }
});

test("max_completion_tokens and max_tokens end an answer by length", async () => {
  for (const limit of [{ max_completion_tokens: 3 }, { max_tokens: 3 }]) {
    const completion = await chat(limit);

    assert.equal(completion.choices[0].finish_reason, "length");
    assert.equal(completion.usage.completion_tokens, 3);
  }
});

test("a stop string ends an answer before it", async () => {
  const completion = await chat({ stop: " France" });

  assert.equal(completion.choices[0].message.content, "The capital of");
  assert.equal(completion.choices[0].finish_reason, "stop");
});

test("a stream names the role first, joins to the answer and ends with its reason", async () => {
  const chunks = await collect(await chat({ stream: true }));

  assert.equal(chunks[0].object, "chat.completion.chunk");
  assert.equal(chunks[0].choices[0].delta.role, "assistant");
  assert.equal(chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join(""), paris.text);
  assert.equal(chunks.at(-1).choices[0].finish_reason, "stop");
});

test("a stream gives the usage in a chunk of its own when asked", async () => {
  const chunks = await collect(await chat({ stream: true, stream_options: { include_usage: true } }));

  assert.deepEqual(chunks.at(-1).choices, []);
  assert.equal(chunks.at(-1).usage.total_tokens, paris.prompt_ids.length + paris.greedy_ids.length);
  assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null));
});

test("the client's own accumulation of a stream is the whole answer", async () => {
  const stream = openai.chat.completions.stream({
    model: "emoji",
    messages: ask(CAPITAL),
    temperature: 0,
    logprobs: true,
  });
  const pieces = [];
  stream.on("content", (delta) => pieces.push(delta));
  const completion = await stream.finalChatCompletion();

  assert.equal(completion.choices[0].message.content, golden("emoji", CAPITAL).text);
  assert.equal(pieces.join(""), golden("emoji", CAPITAL).text);
  assert.equal(completion.choices[0].finish_reason, "stop");
});

test("an aborted stream leaves nothing behind", async () => {
  const before = await tokensWritten(dictated);
  const stream = await client(dictated).chat.completions.create({
    model: "tools",
    messages: ask(ENDLESS),
    stream: true,
  });
  let chunks = 0;
  for await (const _ of stream) {
    if (++chunks === 5) break;
  }
  assert.equal(stream.controller.signal.aborted, true);

  await idle(dictated);
  assert.ok((await tokensWritten(dictated)) - before < 440, "the answer was written to its end");
});

test("a request that is aborted while it waits leaves nothing behind", async () => {
  const abort = new AbortController();
  const before = await tokensWritten(dictated);
  const answer = client(dictated).chat.completions.create(
    { model: "tools", messages: ask(ENDLESS) },
    { signal: abort.signal },
  );
  await busy(dictated);
  abort.abort();

  await assert.rejects(answer, OpenAI.APIUserAbortError);
  await idle(dictated);
  assert.ok((await tokensWritten(dictated)) - before < 440, "the answer was written to its end");
});
