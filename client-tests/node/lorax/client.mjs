// What the Python client of LoRAX sends and how it reads the answers: all goes to one address, every
// parameter is there, and details are always asked for.
const PARAMETERS = {
  adapter_id: null,
  adapter_source: null,
  merged_adapters: null,
  api_token: null,
  best_of: null,
  decoder_input_details: false,
  details: true,
  do_sample: false,
  max_new_tokens: 20,
  repetition_penalty: null,
  return_full_text: false,
  return_k_alternatives: null,
  response_format: null,
  seed: null,
  stop: [],
  temperature: null,
  top_k: null,
  top_p: null,
  truncate: null,
  typical_p: null,
  watermark: false,
};

// An answer that is an error; its kind is the class that the client throws.
export class LoraxError extends Error {
  constructor(status, payload) {
    super(payload.error);
    this.status = status;
    this.payload = payload;
    this.kind = kind(status, payload.error_type);
  }
}

function kind(status, errorType) {
  const byType = {
    generation: "GenerationError",
    incomplete_generation: "IncompleteGenerationError",
    overloaded: "OverloadedError",
    validation: "ValidationError",
  };
  const byStatus = {
    400: "BadRequestError",
    403: "ShardNotReadyError",
    404: "NotFoundError",
    422: "UnprocessableEntityError",
    424: "ShardNotReadyError",
    429: "RateLimitExceededError",
    504: "ShardTimeoutError",
  };
  return byType[errorType] ?? byStatus[status] ?? "UnknownError";
}

function send(url, inputs, stream, parameters) {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ inputs, stream, parameters: { ...PARAMETERS, ...parameters } }),
  });
}

export async function generate(url, inputs, parameters = {}) {
  const response = await send(url, inputs, false, parameters);
  const payload = await response.json();
  if (response.status !== 200) throw new LoraxError(response.status, payload);
  return Array.isArray(payload) ? payload[0] : payload;
}

export async function* generateStream(url, inputs, parameters = {}) {
  const response = await send(url, inputs, true, parameters);
  if (response.status !== 200) throw new LoraxError(response.status, await response.json());
  for (const line of (await response.text()).split("\n")) {
    if (!line.startsWith("data:")) continue;
    const event = JSON.parse(line.slice("data:".length));
    if (!event.token) throw new LoraxError(response.status, event);
    yield event;
  }
}
