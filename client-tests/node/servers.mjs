// The servers that client-tests/run has started, and what their answers must be.
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

function fromRun(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start the suites with client-tests/run`);
  return value;
}

// The demo model with its adapters.
export const demo = fromRun("LORIKEET_DEMO_URL");
// The same behind keys: alice, bob (only the adapter pirate), hasty (one request a minute).
export const keyed = fromRun("LORIKEET_KEYED_URL");
// The same with a template that knows tools; what stands between « and » in the prompt is its answer.
export const dictated = fromRun("LORIKEET_DICTATED_URL");
// The browser.
export const chromium = fromRun("CHROMIUM");

const { runs } = JSON.parse(readFileSync(new URL("../../models/demo/golden.json", import.meta.url)));

// What transformers and PEFT answer greedily; variant null is the base.
export function golden(variant, question) {
  const run = runs.find((r) => r.variant === variant && r.messages.length === 1 && r.messages[0].content === question);
  if (!run) throw new Error(`no golden run of ${variant}: ${question}`);
  return run;
}

export const CAPITAL = "What is the capital of France?";

export async function json(response) {
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  return response.json();
}

export function post(server, path, body, headers = {}) {
  return fetch(server + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

// Returns when nothing runs or waits and all KV blocks are free; a leak is the test's time-out.
export async function idle(server) {
  for (;;) {
    const { loop } = await json(await fetch(`${server}/info`));
    if (loop.running === 0 && loop.waiting === 0 && loop.blocks_free === loop.blocks_total) return;
    await pause(20);
  }
}

// Returns once a request runs.
export async function busy(server) {
  while ((await json(await fetch(`${server}/info`))).loop.running === 0) await pause(20);
}

// Tokens that the server has written since it started.
export async function tokensWritten(server) {
  const text = await (await fetch(`${server}/metrics`)).text();
  return text
    .split("\n")
    .filter((line) => line.startsWith("vllm:generation_tokens_total"))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

// A prompt that makes the dictated server write this.
export function dictate(answer) {
  return `«${answer}»`;
}

// Long enough to be stopped on its way: about 450 tokens.
export const ENDLESS = dictate("and so on ".repeat(150));
