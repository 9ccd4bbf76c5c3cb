import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { dictate, dictated } from "../servers.mjs";
import { ask, client, collect } from "./client.mjs";

const openai = client(dictated);
const WEATHER = {
  name: "get_weather",
  description: "What the weather is like in a city.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const tools = [{ type: "function", function: WEATHER }];

// How a model with this template calls.
function call(name, args) {
  return `<tool_call>\n${JSON.stringify({ name, arguments: args })}\n</tool_call>`;
}

function chat(answer, body = {}) {
  return openai.chat.completions.create({ model: "tools", messages: ask(dictate(answer)), tools, ...body });
}

test("a call is given in parts and not as text", async () => {
  const completion = await chat(call("get_weather", { city: "Paris" }));

  const [choice] = completion.choices;
  const [first] = choice.message.tool_calls;
  assert.equal(choice.finish_reason, "tool_calls");
  assert.equal(choice.message.content, null);
  assert.equal(choice.message.tool_calls.length, 1);
  assert.equal(first.type, "function");
  assert.ok(first.id.length > 0);
  assert.equal(first.function.name, "get_weather");
  assert.deepEqual(JSON.parse(first.function.arguments), { city: "Paris" });
});

test("two calls have ids of their own", async () => {
  const completion = await chat(`${call("get_weather", { city: "Paris" })}\n${call("get_weather", { city: "Tokyo" })}`);

  const calls = completion.choices[0].message.tool_calls;
  assert.deepEqual(calls.map((c) => JSON.parse(c.function.arguments).city), ["Paris", "Tokyo"]);
  assert.notEqual(calls[0].id, calls[1].id);
});

test("an answer without a call is text", async () => {
  const completion = await chat("I need no tool for that.");

  assert.equal(completion.choices[0].message.content, "I need no tool for that.");
  assert.equal(completion.choices[0].message.tool_calls, undefined);
  assert.equal(completion.choices[0].finish_reason, "stop");
});

test("a streamed call is named first, and its arguments join", async () => {
  const args = { city: "Llanfairpwllgwyngyll", note: "with \"quotes\" and ünïcode 🦜" };
  const chunks = await collect(await chat(call("get_weather", args), { stream: true }));

  const deltas = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
  assert.equal(deltas[0].index, 0);
  assert.equal(deltas[0].type, "function");
  assert.ok(deltas[0].id.length > 0);
  assert.equal(deltas[0].function.name, "get_weather");
  assert.ok(deltas.slice(1).every((delta) => delta.id === undefined && delta.function.name === undefined));
  assert.ok(deltas.length > 2, `${deltas.length} deltas`);
  assert.deepEqual(JSON.parse(deltas.map((delta) => delta.function.arguments ?? "").join("")), args);
  assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), "");
  assert.equal(chunks.at(-1).choices[0].finish_reason, "tool_calls");
});

test("the client's own accumulation of a stream has text and both calls", async () => {
  const answer = `I look.\n${call("get_weather", { city: "Paris" })}\n${call("get_weather", { city: "Tokyo" })}`;
  const stream = openai.chat.completions.stream({ model: "tools", messages: ask(dictate(answer)), tools });
  const completion = await stream.finalChatCompletion();

  const { message } = completion.choices[0];
  assert.equal(message.content.trim(), "I look.");
  assert.deepEqual(message.tool_calls.map((c) => JSON.parse(c.function.arguments).city), ["Paris", "Tokyo"]);
});

test("a result goes back to the model, which answers with it", async () => {
  const messages = ask(dictate(call("get_weather", { city: "Paris" })));
  const asked = await openai.chat.completions.create({ model: "tools", messages, tools });
  const { message } = asked.choices[0];
  messages.push(message, {
    role: "tool",
    tool_call_id: message.tool_calls[0].id,
    content: dictate("It is 18 degrees in Paris."),
  });
  const answered = await openai.chat.completions.create({ model: "tools", messages, tools });

  assert.equal(answered.choices[0].message.content, "It is 18 degrees in Paris.");
  assert.equal(answered.choices[0].finish_reason, "stop");
});

for (const stream of [false, true]) {
  test(`runTools calls the function and ends with the answer, stream ${stream}`, async () => {
    const asked = [];
    const runner = openai.chat.completions.runTools({
      model: "tools",
      stream,
      messages: ask(dictate(call("get_weather", { city: "Paris" }))),
      tools: [
        {
          type: "function",
          function: {
            ...WEATHER,
            parse: JSON.parse,
            function: ({ city }) => {
              asked.push(city);
              return dictate(`It rains in ${city}.`);
            },
          },
        },
      ],
    });

    assert.equal(await runner.finalContent(), "It rains in Paris.");
    assert.deepEqual(asked, ["Paris"]);
    assert.deepEqual(
      runner.messages.map((message) => message.role),
      ["user", "assistant", "tool", "assistant"],
    );
  });
}

test("tool_choice none leaves what looks like a call as text", async () => {
  const answer = call("get_weather", { city: "Paris" });
  const completion = await chat(answer, { tool_choice: "none" });

  assert.equal(completion.choices[0].message.content, answer);
  assert.equal(completion.choices[0].finish_reason, "stop");
});

test("a tool without a name is a BadRequestError", async () => {
  await assert.rejects(
    chat("no", { tools: [{ type: "function", function: { parameters: {} } }] }),
    OpenAI.BadRequestError,
  );
});
