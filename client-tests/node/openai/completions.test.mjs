import assert from "node:assert/strict";
import { test } from "node:test";
import { CAPITAL, demo, golden } from "../servers.mjs";
import { client, collect } from "./client.mjs";

const openai = client(demo);
const paris = golden(null, CAPITAL);
const greeting = golden(null, "Hello!");

function complete(body) {
  return openai.completions.create({ model: "demo", temperature: 0, max_tokens: 100, ...body });
}

test("a prompt in text is completed", async () => {
  const completion = await complete({ prompt: paris.prompt });

  assert.match(completion.id, /^cmpl-/);
  assert.equal(completion.object, "text_completion");
  assert.equal(completion.model, "demo");
  assert.equal(completion.choices[0].text, paris.text);
  assert.equal(completion.choices[0].finish_reason, "stop");
  assert.equal(completion.choices[0].logprobs, null);
  assert.equal(completion.usage.prompt_tokens, paris.prompt_ids.length);
  assert.equal(completion.usage.completion_tokens, paris.greedy_ids.length);
  assert.equal(completion.usage.total_tokens, paris.prompt_ids.length + paris.greedy_ids.length);
});

test("a list of prompts gives a choice for each in its order", async () => {
  const completion = await complete({ prompt: [paris.prompt, greeting.prompt] });

  assert.deepEqual(
    completion.choices.map((choice) => [choice.index, choice.text]),
    [[0, paris.text], [1, greeting.text]],
  );
});

test("a prompt in token ids is completed as its text is", async () => {
  const completion = await complete({ prompt: paris.prompt_ids });

  assert.equal(completion.choices[0].text, paris.text);
});

test("a list of prompts in token ids gives a choice for each", async () => {
  const completion = await complete({ prompt: [greeting.prompt_ids, paris.prompt_ids] });

  assert.deepEqual(completion.choices.map((choice) => choice.text), [greeting.text, paris.text]);
});

test("echo puts the prompt before the answer", async () => {
  const completion = await complete({ prompt: "The capital of", echo: true, max_tokens: 4 });
  const answer = await complete({ prompt: "The capital of", max_tokens: 4 });

  assert.equal(completion.choices[0].text, `The capital of${answer.choices[0].text}`);
});

test("logprobs name the likeliest tokens and where each stands in the text", async () => {
  const completion = await complete({ prompt: paris.prompt, logprobs: 3 });

  const { tokens, token_logprobs, top_logprobs, text_offset } = completion.choices[0].logprobs;
  assert.equal(tokens.length, paris.greedy_ids.length);
  assert.equal(tokens.slice(0, -1).join(""), paris.text);
  tokens.forEach((token, i) => {
    assert.ok(token_logprobs[i] <= 0, `${token_logprobs[i]}`);
    assert.equal(Object.keys(top_logprobs[i]).length, 3);
    assert.equal(top_logprobs[i][token], token_logprobs[i]);
    assert.equal(Math.max(...Object.values(top_logprobs[i])), token_logprobs[i]);
    assert.equal(text_offset[i], tokens.slice(0, i).join("").length);
  });
});

test("logprobs with echo cover the prompt, whose first token has none", async () => {
  const completion = await complete({ prompt: "The capital of", echo: true, logprobs: 1, max_tokens: 2 });

  const { tokens, token_logprobs } = completion.choices[0].logprobs;
  assert.equal(tokens.join(""), completion.choices[0].text);
  assert.equal(token_logprobs[0], null);
  assert.ok(token_logprobs.slice(1).every((logprob) => logprob <= 0), `${token_logprobs}`);
});

test("n draws with the seeds that follow the given one", async () => {
  const drawn = { prompt: "Once upon a time", temperature: 1.2, max_tokens: 20 };
  const completion = await complete({ ...drawn, n: 3, seed: 5 });
  const second = await complete({ ...drawn, seed: 6 });

  assert.deepEqual(completion.choices.map((choice) => choice.index), [0, 1, 2]);
  assert.equal(new Set(completion.choices.map((choice) => choice.text)).size, 3);
  assert.equal(completion.choices[1].text, second.choices[0].text);
});

test("best_of gives out the likeliest of what was drawn", async () => {
  const drawn = { prompt: "Once upon a time", temperature: 1.2, max_tokens: 20, seed: 5, logprobs: 0 };
  const all = await complete({ ...drawn, n: 3 });
  const best = await complete({ ...drawn, best_of: 3 });

  const mean = ({ logprobs }) => logprobs.token_logprobs.reduce((a, b) => a + b, 0) / logprobs.tokens.length;
  const likeliest = all.choices.reduce((a, b) => (mean(b) > mean(a) ? b : a));
  assert.equal(best.choices.length, 1);
  assert.equal(best.choices[0].text, likeliest.text);
});

test("a stream joins to the whole answer and ends with its reason", async () => {
  const chunks = await collect(await complete({ prompt: paris.prompt, stream: true }));

  assert.ok(chunks.length > 1, `${chunks.length}`);
  assert.equal(chunks.map((chunk) => chunk.choices[0].text).join(""), paris.text);
  assert.equal(chunks.at(-1).choices[0].finish_reason, "stop");
  assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1);
});

test("a stream of two prompts keeps them apart and gives the usage last", async () => {
  const chunks = await collect(
    await complete({
      prompt: [paris.prompt, greeting.prompt],
      stream: true,
      stream_options: { include_usage: true },
    }),
  );

  const text = (index) =>
    chunks.flatMap((chunk) => chunk.choices).filter((c) => c.index === index).map((c) => c.text).join("");
  assert.equal(text(0), paris.text);
  assert.equal(text(1), greeting.text);
  assert.deepEqual(chunks.at(-1).choices, []);
  assert.equal(chunks.at(-1).usage.completion_tokens, paris.greedy_ids.length + greeting.greedy_ids.length);
});

test("max_tokens ends an answer by length and stop before the string", async () => {
  const short = await complete({ prompt: paris.prompt, max_tokens: 3 });
  const stopped = await complete({ prompt: paris.prompt, stop: [" France"] });

  assert.equal(short.choices[0].finish_reason, "length");
  assert.equal(short.usage.completion_tokens, 3);
  assert.equal(stopped.choices[0].text, "The capital of");
  assert.equal(stopped.choices[0].finish_reason, "stop");
});

test("logit_bias keeps a token away", async () => {
  const first = paris.greedy_ids[0];
  const completion = await complete({ prompt: paris.prompt, logit_bias: { [first]: -100 }, max_tokens: 1 });

  const plain = await complete({ prompt: paris.prompt, max_tokens: 1 });
  assert.notEqual(completion.choices[0].text, plain.choices[0].text);
});
