import assert from "node:assert/strict";
import { test } from "node:test";
import { demo } from "../servers.mjs";
import { client, collect } from "./client.mjs";

const openai = client(demo);

test("the list names the base first and then its adapters", async () => {
  const models = await collect(openai.models.list());

  assert.deepEqual(
    models.map((model) => model.id).sort(),
    ["brief", "demo", "emoji", "json", "pirate", "shout"],
  );
  assert.equal(models[0].id, "demo");
  for (const model of models) {
    assert.equal(model.object, "model");
    assert.ok(Number.isInteger(model.created) && model.created > 0, JSON.stringify(model));
    assert.equal(typeof model.owned_by, "string");
    assert.equal(model.parent, model.id === "demo" ? null : "demo");
  }
});

test("each model of the list can be retrieved", async () => {
  for await (const model of openai.models.list()) {
    assert.deepEqual(await openai.models.retrieve(model.id), model);
  }
});
