// A chat over one WebSocket: each turn continues the last response, whoever gave it.
import { apiKey } from "./key.js";

const byId = (id) => document.getElementById(id);
let socket = null; // opened with the first message, and again when it was closed
let turn = null; // the answer that is being written
let last = null; // id of the response that the next turn continues
let chats = 0; // each has a lane of the socket, as answers of one that was left may still come

export function showChatModels(data) {
  byId("chat-model").replaceChildren(
    ...data.map((model) => new Option(`${model.id}${model.parent ? "" : " (base)"}`, model.id)),
  );
}

function lane() {
  return `chat-${chats}`;
}

function say(state) {
  byId("chat-state").textContent = state;
}

// Browsers let no page set headers on a socket, so the key comes as OpenAI's subprotocol.
function open() {
  const url = new URL("v1/responses", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const key = apiKey();
  const opened = new WebSocket(url, key ? ["responses", `openai-insecure-api-key.${key}`] : []);
  opened.addEventListener("message", ({ data }) => take(JSON.parse(data)));
  say("connecting …");
  return new Promise((resolve, reject) => {
    opened.addEventListener("open", () => { say("connected"); resolve(opened); });
    opened.addEventListener("close", ({ code, reason }) => {
      reject(new Error("The server did not open a WebSocket.")); // of no account once it was open
      if (socket !== opened) return;
      socket = null;
      say(`closed (${code}${reason ? `, ${reason}` : ""}); the next message opens it again`);
      end("failed", " The connection ended before the answer did.");
    });
  });
}

function bubble(kind, who, text = "") {
  const item = byId("chat-message").content.firstElementChild.cloneNode(true);
  item.classList.add(kind);
  item.dataset.testid = `chat-${kind}`;
  item.querySelector(".who").textContent = who;
  item.querySelector(".text").textContent = text;
  byId("chat-log").append(item);
  item.scrollIntoView({ block: "nearest" });
  return item;
}

async function send() {
  const input = byId("chat-input").value.trim();
  if (turn || input === "") return;
  const model = byId("chat-model").value;
  byId("chat-input").value = "";
  bubble("user", "you", input);
  const mine = { item: bubble("answer", model), id: null, start: performance.now(), first: 0 };
  turn = mine;
  turn.item.classList.add("streaming");
  controls();
  try {
    socket ??= await open();
    if (turn !== mine) return; // a new chat was begun meanwhile
    socket.send(JSON.stringify({
      type: "response.create",
      stream_id: lane(),
      model,
      input,
      previous_response_id: last,
      max_output_tokens: byId("chat-tokens").valueAsNumber,
      temperature: byId("chat-temperature").valueAsNumber,
    }));
  } catch (e) {
    if (turn === mine) end("failed", e.message);
  }
}

function take(event) {
  if (!turn || (event.stream_id && event.stream_id !== lane())) return;
  switch (event.type) {
    case "response.created":
      turn.id = event.response.id;
      if (turn.stopped) stop();
      break;
    case "response.output_text.delta":
      turn.first ||= performance.now();
      turn.item.querySelector(".text").append(event.delta);
      turn.item.scrollIntoView({ block: "nearest" });
      break;
    case "response.completed":
    case "response.incomplete":
      last = event.response.id;
      end(turn.stopped ? "stopped" : event.response.status, "", event.response.usage);
      break;
    case "response.failed":
      end("failed", event.response.error.message);
      break;
    case "error":
      // What the server has forgotten cannot be continued; the next message begins anew.
      if (event.error.code === "previous_response_not_found") last = null;
      end("failed", event.error.message);
      break;
  }
}

function end(how, problem = "", usage = null) {
  if (!turn) return;
  const { item, start, first } = turn;
  turn = null;
  item.classList.remove("streaming");
  item.classList.toggle("failed", how === "failed");
  if (problem) item.querySelector(".text").append(problem);
  item.querySelector("footer").textContent = [
    how,
    usage ? `${usage.output_tokens} tokens` : "",
    first ? `first text after ${Math.round(first - start)} ms` : "",
    `${((performance.now() - start) / 1000).toFixed(1)} s`,
  ].filter(Boolean).join(" · ");
  controls();
  byId("chat-input").focus();
}

// Before the response has its name there is nothing to stop yet; then it is stopped as it comes.
function stop() {
  if (!turn) return;
  turn.stopped = true;
  if (turn.id) socket?.send(JSON.stringify({ type: "response.cancel", response_id: turn.id }));
}

function restart() {
  if (turn) socket?.send(JSON.stringify({ type: "response.cancel", stream_id: lane() }));
  chats++;
  turn = null;
  last = null;
  byId("chat-log").replaceChildren();
  controls();
  byId("chat-input").focus();
}

function controls() {
  byId("chat-send").disabled = turn !== null;
  byId("chat-stop").disabled = turn === null;
}

byId("chat-form").addEventListener("submit", (event) => { event.preventDefault(); send(); });
byId("chat-input").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
byId("chat-stop").addEventListener("click", stop);
byId("chat-new").addEventListener("click", restart);

// Which of the two views is open stands in the address, so that it can be linked to.
function showView() {
  const chat = location.hash === "#chat";
  byId("compare").hidden = chat;
  byId("chat").hidden = !chat;
  for (const link of document.querySelectorAll("#views a")) {
    if ((link.hash === "#chat") === chat) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (chat) byId("chat-input").focus({ preventScroll: true });
}
addEventListener("hashchange", showView);
showView();
