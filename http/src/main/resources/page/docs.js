// Shows /openapi.json. Nothing is loaded from anywhere else, and no text becomes markup.
const spec = await (await fetch("openapi.json")).json();

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function resolve(node) {
  return node.$ref ? node.$ref.slice(2).split("/").reduce((at, key) => at[key], spec) : node;
}

function nameOf(node) {
  return node.$ref ? node.$ref.split("/").pop() : "";
}

function kind(schema) {
  if (schema.$ref) return nameOf(schema);
  if (schema.oneOf) return schema.oneOf.map(kind).join(" or ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.items) return `array of ${kind(schema.items)}`;
  return [].concat(schema.type ?? "anything").join(" or ");
}

function properties(schema) {
  const inherited = (schema.allOf ?? []).map((part) => properties(resolve(part)));
  return Object.assign({}, ...inherited, schema.properties);
}

function required(schema) {
  return (schema.allOf ?? []).flatMap((part) => required(resolve(part))).concat(schema.required ?? []);
}

// Named schemas are shown once on the way down: some hold themselves.
function table(schema, seen) {
  const target = resolve(schema);
  const name = nameOf(schema);
  if (seen.has(name)) return element("p", `${name}, as above`);
  const deeper = name ? new Set(seen).add(name) : seen;
  if (target.oneOf) {
    return element("div", "", ...target.oneOf.map((one) => nested(one, deeper)));
  }
  if (target.items) return nested(target.items, deeper);
  const must = new Set(required(target));
  const rows = Object.entries(properties(target)).map(([field, value]) => {
    const cell = element("td", value.description ?? resolve(value).description ?? "");
    if (Object.keys(properties(resolve(value.items ?? value))).length > 0) {
      cell.append(nested(value.items ?? value, deeper));
    }
    return element(
      "tr", "",
      element("td", "", element("code", field), must.has(field) ? " *" : ""),
      element("td", kind(value)),
      cell);
  });
  return rows.length > 0 ? element("table", "", ...rows) : element("code", kind(target));
}

function nested(schema, seen) {
  const has = Object.keys(properties(resolve(schema))).length > 0 || resolve(schema).oneOf;
  if (!has) return element("code", kind(schema));
  const block = element("details", "", element("summary", kind(schema)));
  block.addEventListener("toggle", () => block.append(table(schema, seen)), { once: true });
  return block;
}

function contents(holder) {
  return Object.entries(holder.content ?? {}).map(([type, media]) =>
    element("div", "", element("span", `${type} `), nested(media.schema, new Set())));
}

function operation(path, method, described) {
  const block = element(
    "details", "",
    element(
      "summary", "",
      Object.assign(element("span", method.toUpperCase()), { className: "method" }),
      element("code", path), ` ${described.summary}`));
  if (described.description) block.append(element("p", described.description));
  for (const parameter of described.parameters ?? []) {
    block.append(element("p", `${parameter.name} (${parameter.in}): ${parameter.description ?? ""}`));
  }
  if (described.requestBody) {
    block.append(element("h4", "Request"), ...contents(described.requestBody));
  }
  for (const [status, response] of Object.entries(described.responses)) {
    const target = resolve(response);
    block.append(element("h4", `${status}: ${target.description}`), ...contents(target));
  }
  const socket = described["x-websocket"];
  if (socket) {
    block.append(
      element("h4", "WebSocket: the client sends"), nested(socket.send, new Set()),
      element("h4", "WebSocket: the server sends"), nested(socket.receive, new Set()));
  }
  return block;
}

document.querySelector("#about").textContent =
  `${spec.info.version}. ${spec.info.summary} ${spec.info.description}`;
const byTag = new Map();
for (const [path, methods] of Object.entries(spec.paths)) {
  for (const [method, described] of Object.entries(methods)) {
    const tag = described.tags[0];
    if (!byTag.has(tag)) byTag.set(tag, []);
    byTag.get(tag).push(operation(path, method, described));
  }
}
for (const [tag, operations] of byTag) {
  const id = tag.replaceAll(" ", "-");
  document.querySelector("#tags").append(Object.assign(element("a", tag), { href: `#${id}` }));
  const title = Object.assign(element("h2", tag), { id });
  document.querySelector("#operations").append(element("section", "", title, ...operations));
}
