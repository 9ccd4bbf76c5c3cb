import assert from "node:assert/strict";
import { test } from "node:test";
import { CAPITAL, demo, golden } from "../servers.mjs";
import { generate, generateStream, LoraxError } from "./client.mjs";

async function collect(events) {
  const all = [];
  for await (const event of events) all.push(event);
  return all;
}

async function thrown(kind, request) {
  const error = await request.then(
    () => assert.fail("the request was not refused"),
    (e) => e,
  );
  assert.ok(error instanceof LoraxError, `${error}`);
  assert.equal(error.kind, kind, error.message);
  return error;
}

// The address that the client is given, and the routes of their own.
for (const [whole, streamed] of [["/", "/"], ["/generate", "/generate_stream"]]) {
  test(`one token with the details of the prompt from ${whole}`, async () => {
    const { details } = await generate(demo + whole, "test", { max_new_tokens: 1, decoder_input_details: true });

    assert.equal(details.finish_reason, "length");
    assert.equal(details.generated_tokens, 1);
    assert.equal(details.seed, null);
    assert.equal(details.tokens.length, 1);
    assert.ok(details.prefill.length > 0);
    assert.equal(details.prefill[0].logprob, null);
    assert.ok(details.prefill.slice(1).every((token) => token.logprob < 0), JSON.stringify(details.prefill));
  });

  test(`the best of two from ${whole} shows the other one with its seed`, async () => {
    const { details } = await generate(demo + whole, "test", {
      max_new_tokens: 1,
      best_of: 2,
      do_sample: true,
      decoder_input_details: true,
    });

    assert.equal(typeof details.seed, "number");
    assert.equal(details.best_of_sequences.length, 1);
    assert.equal(typeof details.best_of_sequences[0].seed, "number");
    assert.equal(details.best_of_sequences[0].generated_tokens, 1);
  });

  test(`too many new tokens from ${whole} are a ValidationError`, async () => {
    const error = await thrown("ValidationError", generate(demo + whole, "test", { max_new_tokens: 10_000 }));

    assert.equal(error.status, 422);
  });

  test(`one token from ${streamed} streamed is one event with the details`, async () => {
    const events = await collect(generateStream(demo + streamed, "test", { max_new_tokens: 1 }));

    assert.equal(events.length, 1);
    assert.equal(events[0].generated_text, events[0].token.text);
    assert.deepEqual(
      { ...events[0].details, prompt_tokens: undefined },
      { finish_reason: "length", generated_tokens: 1, seed: null, prompt_tokens: undefined },
    );
  });

  test(`too many new tokens from ${streamed} streamed are a ValidationError in the stream`, async () => {
    const error = await thrown(
      "ValidationError",
      collect(generateStream(demo + streamed, "test", { max_new_tokens: 10_000 })),
    );

    assert.equal(error.status, 200);
  });

  test(`an adapter answers from ${whole} as the reference does`, async () => {
    const run = golden("emoji", CAPITAL);
    const answer = await generate(demo + whole, run.prompt, { adapter_id: "emoji", max_new_tokens: 60 });

    assert.equal(answer.generated_text, run.text);
    assert.equal(answer.details.finish_reason, "eos_token");
    assert.deepEqual(answer.details.tokens.map((token) => token.id), run.greedy_ids);
    assert.equal(answer.details.prompt_tokens, run.prompt_ids.length);
  });

  test(`the stream of an adapter from ${streamed} joins to its text`, async () => {
    const run = golden("emoji", CAPITAL);
    const events = await collect(
      generateStream(demo + streamed, run.prompt, { adapter_id: "emoji", max_new_tokens: 60 }),
    );

    assert.deepEqual(events.map((event) => event.token.id), run.greedy_ids);
    assert.ok(events.slice(0, -1).every((event) => event.generated_text === null && event.details === null));
    assert.equal(events.at(-1).generated_text, run.text);
    assert.equal(events.at(-1).details.generated_tokens, run.greedy_ids.length);
  });
}

test("a path that is not there is a NotFoundError, streamed too", async () => {
  await thrown("NotFoundError", generate(`${demo}/nothing/here`, "test"));
  await thrown("NotFoundError", collect(generateStream(`${demo}/nothing/here`, "test")));
});

test("what the client rejects by itself is refused by the server too", async () => {
  const rejected = [
    { best_of: 0, do_sample: true },
    { best_of: 2 },
    { best_of: 2, do_sample: true, seed: 1 },
    { repetition_penalty: 0 },
    { repetition_penalty: -1 },
    { temperature: -1 },
    { top_k: 0 },
    { top_k: -1 },
    { top_p: 0 },
    { top_p: -1 },
    { truncate: 0 },
    { typical_p: 0 },
    { typical_p: -1 },
    { typical_p: 1 },
    { return_k_alternatives: 0 },
    { adapter_id: "pirate", merged_adapters: { ids: ["pirate", "emoji"], weights: [1, 1] } },
    { merged_adapters: { ids: ["pirate", "emoji"], weights: [1] } },
    { merged_adapters: { ids: ["pirate", "json"], weights: [1, 1], merge_strategy: "ties", density: 1.5 } },
  ];

  for (const parameters of rejected) {
    const error = await generate(demo, "test", parameters).catch((e) => e);
    assert.equal(error.kind, "ValidationError", `${JSON.stringify(parameters)}: ${error.message}`);
  }
  assert.equal((await generate(demo, "").catch((e) => e)).kind, "ValidationError");
  const stream = collect(generateStream(demo, "test", { best_of: 2, do_sample: true }));
  assert.equal((await stream.catch((e) => e)).kind, "ValidationError");
});

test("a temperature of 0 is greedy", async () => {
  const run = golden(null, CAPITAL);
  const answer = await generate(demo, run.prompt, { temperature: 0, max_new_tokens: 60 });

  assert.equal(answer.generated_text, run.text);
});

test("many clients at once get their own answers", async () => {
  const variants = ["shout", "brief", "json", "emoji"];
  const answers = await Promise.all(
    variants.map((variant) => generate(demo, golden(variant, CAPITAL).prompt, { adapter_id: variant, max_new_tokens: 60 })),
  );

  assert.deepEqual(answers.map((a) => a.generated_text), variants.map((v) => golden(v, CAPITAL).text));
});
