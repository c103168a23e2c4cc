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

/** A sign-in in another window makes this page's token void: take the one that the page would have now. */
async function renewToken() {
  const response = await fetch(location.href, { credentials: "same-origin" });
  const token = new DOMParser().parseFromString(await response.text(), "text/html").querySelector('meta[name="csrf-token"]')?.content;
  if (!token) return false;
  document.querySelector('meta[name="csrf-token"]').content = token;
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
  return true;
}

function send(url, data, { method = "POST", keepalive = false, signal } = {}) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  return fetch(url, { method, keepalive, signal, credentials: "same-origin", headers, body: JSON.stringify(data) });
}

/** Send `data` as JSON and give the JSON answer; `keepalive` lets it outlive the page. */
export async function post(url, data = {}, options = {}) {
  try {
    return await answer(await send(url, data, options));
  } catch (error) {
    if (error.code !== "csrf" || !(await renewToken())) throw error;
    return answer(await send(url, data, options));
  }
}

/** Send a FormData (files, fields) and give the JSON answer. */
export async function postForm(url, form, { signal } = {}) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  return answer(await fetch(url, { method: "POST", body: form, credentials: "same-origin", headers, signal }));
}
