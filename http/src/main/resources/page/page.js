// One prompt, several models, side by side: every answer is a stream of its own, all from one batch.
import { showChatModels } from "./chat.js";
import { readEvents } from "./events.js";
import { getJson, getModels, withKey } from "./key.js";

const byId = (id) => document.getElementById(id);
const running = new Set(); // AbortController of each stream that goes on

async function showModels() {
  const { data } = await getModels();
  const base = data.find((model) => !model.parent) ?? data[0];
  const adapters = data.length - 1;
  byId("model").textContent = `${base.id}, ${adapters} adapter${adapters === 1 ? "" : "s"}`;
  showChatModels(data);
  byId("variants").replaceChildren(
    ...data.map((model, index) => {
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.value = model.id;
      box.checked = index < 4;
      label.append(box, ` ${model.id}${model.parent ? "" : " (base)"}`);
      return label;
    }),
  );
}

async function showCounts() {
  try {
    const { loop } = await getJson("info");
    byId("running").textContent = loop.running;
    byId("waiting").textContent = loop.waiting;
    byId("slots").textContent = `${loop.slots_resident} of ${loop.slots}`;
    byId("blocks").textContent = `${loop.blocks_used} of ${loop.blocks_total}`;
  } catch {
    byId("running").textContent = "–";
  }
}

function card(name) {
  const article = byId("answer").content.firstElementChild.cloneNode(true);
  article.querySelector("h2").textContent = name;
  byId("answers").append(article);
  return {
    article,
    text: article.querySelector(".text"),
    footer: article.querySelector("footer"),
    cancel: article.querySelector(".cancel"),
  };
}

function request(model, prompt) {
  const body = {
    model,
    messages: [{ role: "user", content: prompt }],
    max_tokens: byId("tokens").valueAsNumber,
    temperature: byId("temperature").valueAsNumber,
    stream: true,
    stream_options: { include_usage: true },
  };
  if (byId("seed").value !== "") body.seed = byId("seed").valueAsNumber;
  return body;
}

async function post(path, body, signal) {
  const response = await fetch(path, {
    method: "POST",
    headers: withKey({ "content-type": "application/json" }),
    body: JSON.stringify(body),
    signal,
  });
  if (response.ok) return response;
  const { error } = await response.json();
  throw Object.assign(new Error(error.message), { code: error.code });
}

// A model without a chat template still completes plain text.
async function open(body, signal) {
  try {
    return await post("v1/chat/completions", body, signal);
  } catch (e) {
    if (e.code !== "chat_template_missing") throw e;
    const { messages, ...rest } = body;
    return post("v1/completions", { ...rest, prompt: messages[0].content }, signal);
  }
}

async function answer(model, prompt) {
  const view = card(model);
  const abort = new AbortController();
  running.add(abort);
  view.cancel.addEventListener("click", () => abort.abort());
  view.article.classList.add("streaming");
  const start = performance.now();
  let first = 0;
  let tokens = 0;
  let reason = "";
  try {
    const response = await open(request(model, prompt), abort.signal);
    for await (const event of readEvents(response.body)) {
      if (event.error) throw new Error(event.error.message);
      const choice = event.choices?.[0];
      const piece = choice?.delta?.content ?? choice?.text ?? "";
      if (piece !== "") {
        first ||= performance.now();
        view.text.append(piece);
      }
      reason = choice?.finish_reason ?? reason;
      tokens = event.usage?.completion_tokens ?? tokens;
    }
  } catch (e) {
    reason = e.name === "AbortError" ? "stopped" : "failed";
    if (reason === "failed") {
      view.article.classList.add("failed");
      view.text.append(e.message);
    }
  } finally {
    running.delete(abort);
    view.article.classList.remove("streaming");
    const wait = first ? `first text after ${Math.round(first - start)} ms` : "no text";
    const total = ((performance.now() - start) / 1000).toFixed(1);
    view.footer.textContent = `${reason} · ${tokens ? `${tokens} tokens · ` : ""}${wait} · ${total} s`;
  }
}

byId("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const ticked = [...document.querySelectorAll("#variants :checked")].map((box) => box.value);
  byId("problem").textContent = ticked.length ? "" : "Tick at least one.";
  if (!ticked.length) return;
  byId("answers").replaceChildren();
  byId("send").disabled = true;
  byId("stop").disabled = false;
  const poll = setInterval(showCounts, 250);
  await Promise.all(ticked.map((model) => answer(model, byId("prompt").value)));
  clearInterval(poll);
  byId("send").disabled = false;
  byId("stop").disabled = true;
  showCounts();
});

byId("stop").addEventListener("click", () => running.forEach((abort) => abort.abort()));

showModels().catch((e) => { byId("model").textContent = e.message; });
showCounts();
setInterval(() => { if (running.size === 0 && !document.hidden) showCounts(); }, 5000);
