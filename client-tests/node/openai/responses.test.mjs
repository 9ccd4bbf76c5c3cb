import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { CAPITAL, demo, dictate, dictated, ENDLESS, golden, idle, keyed } from "../servers.mjs";
import { client, collect } from "./client.mjs";

const openai = client(demo);
const paris = golden(null, CAPITAL);

function respond(body) {
  return openai.responses.create({ model: "demo", input: CAPITAL, temperature: 0, ...body });
}

test("an input is answered as the reference answers it", async () => {
  const response = await respond({});

  assert.match(response.id, /^resp_/);
  assert.equal(response.object, "response");
  assert.equal(response.status, "completed");
  assert.equal(response.model, "demo");
  assert.equal(response.output_text, paris.text);
  assert.equal(response.output[0].type, "message");
  assert.equal(response.output[0].role, "assistant");
  assert.equal(response.output[0].content[0].type, "output_text");
  assert.equal(response.usage.input_tokens, paris.prompt_ids.length);
  assert.equal(response.usage.output_tokens, paris.greedy_ids.length);
  assert.equal(response.usage.total_tokens, paris.prompt_ids.length + paris.greedy_ids.length);
});

test("items, instructions and an adapter by its name are understood", async () => {
  const response = await respond({
    model: "shout",
    instructions: "Be kind and clear.",
    input: [{ role: "user", content: [{ type: "input_text", text: "Which color is grass?" }] }],
  });

  assert.equal(response.output_text, "GRASS IS GREEN.");
});

test("a stream tells its events in order and joins to the answer", async () => {
  const events = await collect(await respond({ model: "emoji", stream: true }));

  const text = golden("emoji", CAPITAL).text;
  const types = events.map((event) => event.type).filter((type, i, all) => type !== all[i - 1]);
  assert.deepEqual(types, [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, i) => i));
  const deltas = events.filter((event) => event.type === "response.output_text.delta");
  assert.equal(deltas.map((event) => event.delta).join(""), text);
  assert.equal(events.find((event) => event.type === "response.output_text.done").text, text);
  assert.equal(events.at(-1).response.output[0].content[0].text, text);
  assert.equal(events.at(-1).response.id, events[0].response.id);
});

test("the client's own accumulation of a stream is the whole response", async () => {
  const stream = openai.responses.stream({ model: "demo", input: CAPITAL, temperature: 0 });
  const response = await stream.finalResponse();

  assert.equal(response.output_text, paris.text);
  assert.equal(response.status, "completed");
});

test("max_output_tokens leaves a response incomplete and says why", async () => {
  const response = await respond({ max_output_tokens: 3 });

  assert.equal(response.status, "incomplete");
  assert.deepEqual(response.incomplete_details, { reason: "max_output_tokens" });
  assert.equal(response.usage.output_tokens, 3);
});

test("a response is kept, with its input, until it is deleted", async () => {
  const response = await respond({ metadata: { ticket: "7" } });

  const kept = await openai.responses.retrieve(response.id);
  assert.equal(kept.output_text, paris.text);
  assert.deepEqual(kept.metadata, { ticket: "7" });
  const items = await collect(openai.responses.inputItems.list(response.id));
  assert.equal(items.length, 1);
  assert.equal(items[0].content[0].text, CAPITAL);

  await openai.responses.delete(response.id);
  await assert.rejects(openai.responses.retrieve(response.id), OpenAI.NotFoundError);
});

test("store false keeps nothing", async () => {
  const response = await respond({ store: false });

  await assert.rejects(openai.responses.retrieve(response.id), OpenAI.NotFoundError);
});

test("previous_response_id goes on with the conversation", async () => {
  const first = await respond({ input: "Hi, I am Ben." });
  const second = await respond({ input: "What is my name?", previous_response_id: first.id });
  const alone = await respond({ input: "What is my name?" });

  assert.equal(second.previous_response_id, first.id);
  assert.equal(second.output_text, "Your name is Ben.");
  assert.notEqual(alone.output_text, second.output_text);
  assert.ok(second.usage.input_tokens > alone.usage.input_tokens);
});

test("a previous response that is not there is an error of the client", async () => {
  await assert.rejects(respond({ previous_response_id: "resp_nothing" }), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError || error instanceof OpenAI.NotFoundError, `${error}`);
    return true;
  });
});

test("responses of others are not there", async () => {
  const alice = client(keyed, "key-of-alice");
  const response = await alice.responses.create({ model: "demo", input: CAPITAL });

  assert.equal((await alice.responses.retrieve(response.id)).id, response.id);
  await assert.rejects(client(keyed, "key-of-bob").responses.retrieve(response.id), OpenAI.NotFoundError);
});

test("input tokens are counted without an answer", async () => {
  const count = await openai.responses.inputTokens.count({ model: "demo", input: CAPITAL });

  assert.equal(count.object, "response.input_tokens");
  assert.equal(count.input_tokens, paris.prompt_ids.length);
});

test("a running response is cancelled by its id", async () => {
  const server = client(dictated);
  const stream = await server.responses.create({ model: "tools", input: ENDLESS, stream: true });
  let id;
  const events = [];
  for await (const event of stream) {
    events.push(event);
    if (event.type === "response.created") id = event.response.id;
    if (events.length === 8) await server.responses.cancel(id);
  }

  assert.notEqual(events.at(-1).type, "response.completed");
  assert.equal((await server.responses.retrieve(id)).status, "cancelled");
  await idle(dictated);
});

const WEATHER = {
  type: "function",
  name: "get_weather",
  description: "What the weather is like in a city.",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
  strict: false,
};
const CALL = dictate('<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>');

test("a function is called and its output answered", async () => {
  const server = client(dictated);
  const first = await server.responses.create({ model: "tools", input: CALL, tools: [WEATHER] });

  const call = first.output.find((item) => item.type === "function_call");
  assert.equal(first.status, "completed");
  assert.equal(call.name, "get_weather");
  assert.deepEqual(JSON.parse(call.arguments), { city: "Paris" });

  const second = await server.responses.create({
    model: "tools",
    previous_response_id: first.id,
    tools: [WEATHER],
    input: [{ type: "function_call_output", call_id: call.call_id, output: dictate("It is 18 degrees.") }],
  });
  assert.equal(second.output_text, "It is 18 degrees.");
});

test("a streamed call tells its arguments in pieces and at its end", async () => {
  const server = client(dictated);
  const events = await collect(
    await server.responses.create({ model: "tools", input: CALL, tools: [WEATHER], stream: true }),
  );

  const added = events.find((event) => event.type === "response.output_item.added");
  const deltas = events.filter((event) => event.type === "response.function_call_arguments.delta");
  const done = events.find((event) => event.type === "response.function_call_arguments.done");
  assert.equal(added.item.type, "function_call");
  assert.equal(added.item.name, "get_weather");
  assert.deepEqual(JSON.parse(done.arguments), { city: "Paris" });
  assert.equal(deltas.map((event) => event.delta).join(""), done.arguments);
  assert.equal(events.at(-1).type, "response.completed");
});
