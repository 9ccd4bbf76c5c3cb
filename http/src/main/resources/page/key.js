// The key lives as long as the tab; a server without keys never asks for it.
export const apiKey = () => sessionStorage.getItem("api-key");

export function withKey(headers = {}) {
  const key = apiKey();
  return key ? { ...headers, authorization: `Bearer ${key}` } : headers;
}

export async function getJson(path) {
  const response = await fetch(path, { headers: withKey() });
  if (!response.ok) {
    throw Object.assign(new Error(`${path}: HTTP ${response.status}`), { status: response.status });
  }
  return response.json();
}

// Asks until the key is good or the question is dismissed; then the page says why it shows nothing.
export async function getModels() {
  try {
    return await getJson("v1/models");
  } catch (e) {
    const key = e.status === 401 ? prompt("This server asks for an API key:") : null;
    if (!key) throw e;
    sessionStorage.setItem("api-key", key.trim());
    return getModels();
  }
}
