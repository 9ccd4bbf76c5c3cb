import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { CAPITAL, demo, dictate, dictated, ENDLESS, golden, idle, keyed } from "../servers.mjs";

function client(server, apiKey = "no key") {
  return new Anthropic({ baseURL: server, apiKey, maxRetries: 0 });
}

const anthropic = client(demo);
const paris = golden(null, CAPITAL);

function message(body) {
  return {
    model: "demo",
    max_tokens: 100,
    temperature: 0,
    messages: [{ role: "user", content: CAPITAL }],
    ...body,
  };
}

test("a message is answered as the reference answers it", async () => {
  const answer = await anthropic.messages.create(message());

  assert.match(answer.id, /^msg_/);
  assert.equal(answer.type, "message");
  assert.equal(answer.role, "assistant");
  assert.equal(answer.model, "demo");
  assert.deepEqual(answer.content.map(({ type, text }) => ({ type, text })), [{ type: "text", text: paris.text }]);
  assert.equal(answer.stop_reason, "end_turn");
  assert.equal(answer.usage.input_tokens, paris.prompt_ids.length);
  assert.equal(answer.usage.output_tokens, paris.greedy_ids.length);
});

test("system, blocks of text and an adapter by its name are understood", async () => {
  const answer = await anthropic.messages.create(
    message({
      model: "shout",
      system: "Be kind and clear.",
      messages: [{ role: "user", content: [{ type: "text", text: "Which color is grass?" }] }],
    }),
  );

  assert.equal(answer.content[0].text, "GRASS IS GREEN.");
});

test("max_tokens and a stop sequence say how the answer ended", async () => {
  const cut = await anthropic.messages.create(message({ max_tokens: 3 }));
  const stopped = await anthropic.messages.create(message({ stop_sequences: [" France"] }));

  assert.equal(cut.stop_reason, "max_tokens");
  assert.equal(cut.usage.output_tokens, 3);
  assert.equal(stopped.stop_reason, "stop_sequence");
  assert.equal(stopped.stop_sequence, " France");
  assert.equal(stopped.content[0].text, "The capital of");
});

test("a stream tells its events in order", async () => {
  const events = [];
  for await (const event of await anthropic.messages.create(message({ stream: true }))) events.push(event);

  const types = events.map((event) => event.type).filter((type, i, all) => type !== "ping" && type !== all[i - 1]);
  assert.deepEqual(types, [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  const text = events.filter((e) => e.type === "content_block_delta").map((e) => e.delta.text).join("");
  assert.equal(text, paris.text);
  assert.equal(events.find((e) => e.type === "message_delta").usage.output_tokens, paris.greedy_ids.length);
});

test("the client's own accumulation of a stream is the whole message", async () => {
  const pieces = [];
  const stream = anthropic.messages.stream(message({ model: "emoji" })).on("text", (text) => pieces.push(text));
  const answer = await stream.finalMessage();

  assert.equal(answer.content[0].text, golden("emoji", CAPITAL).text);
  assert.equal(pieces.join(""), golden("emoji", CAPITAL).text);
  assert.equal(answer.stop_reason, "end_turn");
});

test("an aborted stream leaves nothing behind", async () => {
  const stream = client(dictated).messages.stream(
    message({ model: "tools", max_tokens: 1000, messages: [{ role: "user", content: ENDLESS }] }),
  );
  stream.on("text", () => stream.abort());

  await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
  await idle(dictated);
});

test("input tokens are counted without an answer", async () => {
  const { input_tokens } = await anthropic.messages.countTokens({
    model: "demo",
    messages: [{ role: "user", content: CAPITAL }],
  });

  assert.equal(input_tokens, paris.prompt_ids.length);
});

const tools = [
  {
    name: "get_weather",
    description: "What the weather is like in a city.",
    input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
];
const CALL = dictate('<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>');

function toolMessage(messages) {
  return { model: "tools", max_tokens: 200, tools, messages };
}

test("a tool is used and its result answered", async () => {
  const messages = [{ role: "user", content: CALL }];
  const asked = await client(dictated).messages.create(toolMessage(messages));

  const use = asked.content.find((block) => block.type === "tool_use");
  assert.equal(asked.stop_reason, "tool_use");
  assert.equal(use.name, "get_weather");
  assert.deepEqual(use.input, { city: "Paris" });

  messages.push(
    { role: "assistant", content: asked.content },
    {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: use.id, content: dictate("It is 18 degrees in Paris.") }],
    },
  );
  const answered = await client(dictated).messages.create(toolMessage(messages));
  assert.equal(answered.content[0].text, "It is 18 degrees in Paris.");
  assert.equal(answered.stop_reason, "end_turn");
});

test("a streamed use of a tool joins to its input", async () => {
  const stream = client(dictated).messages.stream(toolMessage([{ role: "user", content: CALL }]));
  const pieces = [];
  stream.on("inputJson", (delta) => pieces.push(delta));
  const answer = await stream.finalMessage();

  const use = answer.content.find((block) => block.type === "tool_use");
  assert.deepEqual(use.input, { city: "Paris" });
  assert.deepEqual(JSON.parse(pieces.join("")), { city: "Paris" });
  assert.equal(answer.stop_reason, "tool_use");
});

test("refusals are the client's errors with the types of the API", async () => {
  const stranger = client(keyed, "key-of-nobody");
  const bob = client(keyed, "key-of-bob");
  for (const [server, body, type, status, name] of [
    [anthropic, { model: "nobody" }, Anthropic.NotFoundError, 404, "not_found_error"],
    [anthropic, { top_p: 7 }, Anthropic.BadRequestError, 400, "invalid_request_error"],
    [anthropic, { max_tokens: undefined }, Anthropic.BadRequestError, 400, "invalid_request_error"],
    [stranger, {}, Anthropic.AuthenticationError, 401, "authentication_error"],
    [bob, { model: "shout" }, Anthropic.PermissionDeniedError, 403, "permission_error"],
  ]) {
    const error = await server.messages.create(message(body)).catch((e) => e);
    assert.ok(error instanceof type, `${error}`);
    assert.equal(error.status, status);
    assert.equal(error.error.type, "error");
    assert.equal(error.error.error.type, name);
    assert.ok(error.error.error.message.length > 0);
  }
});

test("a good key is let in as x-api-key", async () => {
  const answer = await client(keyed, "key-of-alice").messages.create(message());

  assert.equal(answer.content[0].text, paris.text);
});
