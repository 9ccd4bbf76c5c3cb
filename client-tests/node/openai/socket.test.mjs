import assert from "node:assert/strict";
import { test } from "node:test";
import { ResponsesWS } from "openai/resources/responses/ws";
import { CAPITAL, demo, dictate, dictated, ENDLESS, golden, idle } from "../servers.mjs";
import { client } from "./client.mjs";

// Sends, and gives the server's events until `count` of them have ended a response.
async function exchange(server, events, count, onEvent = () => {}) {
  const socket = new ResponsesWS(client(server));
  const received = [];
  let ended = 0;
  try {
    const messages = socket.stream();
    for (const event of events) socket.send(event);
    for await (const record of messages) {
      if (record.type === "error") throw record.error;
      if (record.type !== "message") continue;
      received.push(record.message);
      onEvent(record.message, socket);
      if (/^response\.(completed|incomplete|failed|cancelled)$/.test(record.message.type)) ended++;
      if (ended === count) break;
    }
  } finally {
    socket.close();
  }
  return received;
}

function create(lane, body) {
  return { type: "response.create", stream_id: lane, temperature: 0, ...body };
}

function textOf(events, lane) {
  return events
    .filter((event) => event.stream_id === lane && event.type === "response.output_text.delta")
    .map((event) => event.delta)
    .join("");
}

test("one response has the events of a stream and the lane's name", async () => {
  const events = await exchange(demo, [create("a", { model: "demo", input: CAPITAL })], 1);

  assert.equal(events[0].type, "response.created");
  assert.equal(events.at(-1).type, "response.completed");
  assert.ok(events.every((event) => event.stream_id === "a"));
  assert.deepEqual(events.map((event) => event.sequence_number), events.map((_, i) => i));
  assert.equal(textOf(events, "a"), golden(null, CAPITAL).text);
});

test("three lanes with three adapters answer side by side", async () => {
  const long = (word) => `${word} `.repeat(40).trim();
  const lanes = { a: ["pirate", long("one")], b: ["json", long("two")], c: ["emoji", long("three")] };
  const events = await exchange(
    dictated,
    Object.entries(lanes).map(([lane, [model, text]]) => create(lane, { model, input: dictate(text) })),
    3,
  );

  const deltas = events.filter((event) => event.type === "response.output_text.delta");
  const firstEnd = events.findIndex((event) => event.type === "response.completed");
  for (const [lane, [model, text]] of Object.entries(lanes)) {
    assert.equal(textOf(events, lane), text);
    assert.ok(events.findIndex((e) => e.type === "response.output_text.delta" && e.stream_id === lane) < firstEnd);
    const done = events.find((event) => event.type === "response.completed" && event.stream_id === lane);
    assert.equal(done.response.model, model);
  }
  const changes = deltas.filter((event, i) => i > 0 && event.stream_id !== deltas[i - 1].stream_id).length;
  assert.ok(changes > 10, `${changes} changes of the lane among ${deltas.length} pieces`);
});

test("requests of one lane are answered one after the other", async () => {
  const events = await exchange(
    dictated,
    [create("a", { model: "tools", input: dictate("the first answer") }), create("a", { model: "tools", input: dictate("the second") })],
    2,
  );

  const second = events.findLastIndex((event) => event.type === "response.created");
  assert.equal(textOf(events.slice(0, second), "a"), "the first answer");
  assert.equal(textOf(events.slice(second), "a"), "the second");
  assert.equal(events[second - 1].type, "response.completed");
});

test("a conversation goes on in another lane", async () => {
  const [, ...rest] = await exchange(demo, [create("a", { model: "demo", input: "Hi, I am Ben." })], 1);
  const previous_response_id = rest.at(-1).response.id;
  const events = await exchange(
    demo,
    [create("b", { model: "demo", input: "What is my name?", previous_response_id })],
    1,
  );

  assert.equal(textOf(events, "b"), "Your name is Ben.");
});

test("a refusal is an event and the socket goes on", async () => {
  const socket = new ResponsesWS(client(demo));
  const seen = [];
  const done = new Promise((resolve, reject) => {
    socket.on("error", (error) => seen.push(error));
    socket.on("event", (event) => {
      if (event.type === "response.completed") resolve(event);
    });
    socket.on("close", () => reject(new Error("the socket was closed")));
  });
  socket.send(create("a", { model: "nobody", input: CAPITAL }));
  socket.send(create("a", { model: "demo", input: CAPITAL }));

  const event = await done;
  assert.equal(event.response.model, "demo");
  assert.equal(seen.length, 1);
  assert.match(JSON.stringify(seen[0].error ?? seen[0]), /model_not_found/);
  socket.close();
});

test("a closed socket ends its responses", async () => {
  const socket = new ResponsesWS(client(dictated));
  const started = new Promise((resolve) => {
    socket.on("event", (event) => {
      if (event.type === "response.output_text.delta") resolve();
    });
  });
  for (const lane of ["a", "b", "c"]) socket.send(create(lane, { model: "tools", input: ENDLESS }));
  await started;
  socket.close();

  await idle(dictated);
});
