import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { CAPITAL, demo, golden, keyed } from "../servers.mjs";
import { ask, client, collect } from "./client.mjs";

function chat(openai, body = {}) {
  return openai.chat.completions.create({ model: "demo", messages: ask(CAPITAL), temperature: 0, ...body });
}

async function refused(request, type) {
  const error = await request.then(
    () => assert.fail("the request was not refused"),
    (e) => e,
  );
  assert.ok(error instanceof type, `${error.constructor.name}: ${error.message}`);
  return error;
}

test("a model that is not there is a NotFoundError", async () => {
  const error = await refused(chat(client(demo), { model: "nobody" }), OpenAI.NotFoundError);

  assert.equal(error.status, 404);
  assert.equal(error.code, "model_not_found");
  assert.match(error.message, /nobody/);
  assert.ok(error.requestID, "no request id");
});

test("a model that is not there cannot be retrieved", async () => {
  const error = await refused(client(demo).models.retrieve("nobody"), OpenAI.NotFoundError);

  assert.equal(error.code, "model_not_found");
});

test("a refusal of a stream is the same error", async () => {
  await refused(chat(client(demo), { model: "nobody", stream: true }), OpenAI.NotFoundError);
});

test("a path that is not there is a NotFoundError", async () => {
  await refused(client(demo).get("/nothing/here"), OpenAI.NotFoundError);
});

test("a parameter out of its range is a BadRequestError that names it", async () => {
  const error = await refused(chat(client(demo), { top_p: 1.4 }), OpenAI.BadRequestError);

  assert.equal(error.code, "parameter_out_of_range");
  assert.equal(error.param, "top_p");
  assert.match(error.message, /1\.4/);
});

test("a prompt beyond the context is a BadRequestError with its code", async () => {
  const error = await refused(
    chat(client(demo), { messages: ask("word ".repeat(3000)) }),
    OpenAI.BadRequestError,
  );

  assert.equal(error.code, "context_length_exceeded");
});

test("a body without messages is a BadRequestError", async () => {
  await refused(client(demo).chat.completions.create({ model: "demo" }), OpenAI.BadRequestError);
});

test("a wrong key is an AuthenticationError", async () => {
  const error = await refused(chat(client(keyed, "key-of-nobody")), OpenAI.AuthenticationError);

  assert.equal(error.status, 401);
  assert.equal(error.code, "invalid_api_key");
});

test("a good key is let in", async () => {
  const completion = await chat(client(keyed, "key-of-alice"));

  assert.equal(completion.choices[0].message.content, golden(null, CAPITAL).text);
});

test("an adapter of others is a PermissionDeniedError and is not listed", async () => {
  const bob = client(keyed, "key-of-bob");
  const error = await refused(chat(bob, { model: "shout" }), OpenAI.PermissionDeniedError);
  const models = await collect(bob.models.list());

  assert.equal(error.code, "adapter_forbidden");
  assert.deepEqual(models.map((model) => model.id), ["demo", "pirate"]);
});

test("a request beyond the rate is a RateLimitError that says when to come back", async () => {
  const hasty = client(keyed, "key-of-hasty");
  await chat(hasty);

  const error = await refused(chat(hasty), OpenAI.RateLimitError);

  assert.equal(error.code, "rate_limited");
  assert.ok(Number(error.headers.get("retry-after")) > 0, error.headers.get("retry-after"));
});
