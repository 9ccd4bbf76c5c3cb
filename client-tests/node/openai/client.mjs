import OpenAI from "openai";

export function client(server, apiKey = "no key", options = {}) {
  return new OpenAI({ baseURL: `${server}/v1`, apiKey, maxRetries: 0, ...options });
}

export function ask(content) {
  return [{ role: "user", content }];
}

// All that an asynchronous sequence gives.
export async function collect(events) {
  const all = [];
  for await (const event of events) all.push(event);
  return all;
}
