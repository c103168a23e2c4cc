// Requests to our own server: JSON in and out, with the CSRF token, and errors that carry a sentence.

export class HttpError extends Error {
  constructor(status, code, message, body) {
    super(message);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

async function answer(response) {
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const body = isJson ? await response.json() : null;
  if (response.ok) return body;
  throw new HttpError(response.status, body?.error ?? "", body?.message ?? response.statusText, body);
}

/** The JSON at `url`; throws HttpError, or TypeError when the server cannot be reached. */
export async function get(url, { signal } = {}) {
  return answer(await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin", signal }));
}

/** Send `data` as JSON and give the JSON answer; `keepalive` lets it outlive the page. */
export async function post(url, data = {}, { method = "POST", keepalive = false, signal } = {}) {
  return answer(
    await fetch(url, {
      method,
      keepalive,
      signal,
      credentials: "same-origin",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(data),
    }),
  );
}

/** Send a FormData (files, fields) and give the JSON answer. */
export async function postForm(url, form, { signal } = {}) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  return answer(await fetch(url, { method: "POST", body: form, credentials: "same-origin", headers, signal }));
}
