import assert from "node:assert/strict";
import { test } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, isStepCount, streamText, tool } from "ai";
import { z } from "zod";
import { dictate, dictated } from "../servers.mjs";

const server = createOpenAICompatible({ name: "dictated", baseURL: `${dictated}/v1` });
const CALL = dictate('<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>');

function weather(asked) {
  return {
    get_weather: tool({
      description: "What the weather is like in a city.",
      inputSchema: z.object({ city: z.string() }),
      execute: async ({ city }) => {
        asked.push(city);
        return dictate(`It snows in ${city}.`);
      },
    }),
  };
}

test("generateText executes a tool and answers with its result", async () => {
  const asked = [];
  const { text, steps } = await generateText({
    model: server("tools"),
    prompt: CALL,
    tools: weather(asked),
    stopWhen: isStepCount(3),
  });

  assert.deepEqual(asked, ["Paris"]);
  assert.equal(text, "It snows in Paris.");
  assert.deepEqual(steps.map((step) => step.finishReason), ["tool-calls", "stop"]);
});

test("streamText executes a tool and streams its answer", async () => {
  const asked = [];
  const stream = streamText({
    model: server("tools"),
    prompt: CALL,
    tools: weather(asked),
    stopWhen: isStepCount(3),
  });
  let text = "";
  for await (const piece of stream.textStream) text += piece;

  assert.deepEqual(asked, ["Paris"]);
  assert.equal(text, "It snows in Paris.");
});
