// Talking to the daemon: one session, one CSRF token, and errors as sentences.
import { who } from "./who.js";

let csrf = "";

export class ApiError extends Error {
  constructor(code, sentence, httpStatus) {
    super(sentence);
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new ApiError("GONE", "The appliance does not answer. It may be starting again.", 0);
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok)
    throw new ApiError(body.status || "INTERNAL", body.text || `The appliance answered ${response.status}.`, response.status);
  return body;
}

export async function session() {
  const s = await request("/api/session");
  csrf = s.csrf;
  return s;
}

export const get = (path, query = {}) => request(`${path}?${new URLSearchParams(query)}`);

export async function post(path, body = {}) {
  const reply = await request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify({ user: who(), ...body }),
  });
  if (reply.csrf) csrf = reply.csrf;
  return reply;
}
