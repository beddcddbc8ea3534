// Asking the server for fragments and putting them in place. Markup comes from the server only, rendered and sanitised.
import { t } from "./strings.js";

/** A refusal in the server's words; `code` is from the closed list, `status` is HTTP's (0: no answer). */
export class Refusal extends Error {
  constructor(message, code, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** GET or POST; resolves to a document holding the fragment, or null for 204. Throws Refusal. */
export async function ask(url, body = null) {
  const headers = { "HX-Request": "true", "Accept": "text/html, application/json;q=0.9" };
  const options = { headers, credentials: "same-origin" };
  if (body) {
    headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]').content;
    Object.assign(options, { method: "POST", body });
  }
  let answer;
  try {
    answer = await fetch(url, options);
  } catch {
    throw new Refusal(t("offline"), "offline", 0);
  }
  if (answer.redirected && /\/login\//.test(answer.url)) location.reload(); // the session ended
  if (answer.status === 401) location.reload();
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Refusal(problem.detail || problem.title || t("failed"), problem.code || "error", answer.status);
  }
  if (answer.status === 204) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Puts `fresh` (from another document) in place of `old`, and lets htmx see it. */
export function replace(old, fresh) {
  const node = document.adoptNode(fresh);
  old.replaceWith(node);
  window.htmx?.process(node);
  return node;
}

/** Replaces every [data-part] of the answer by its id; an open dialog or menu is left as it is. */
export function replaceParts(source) {
  for (const part of source.querySelectorAll("[data-part]")) {
    const old = document.getElementById(part.id);
    if (old && !old.querySelector("dialog[open], details[data-menu][open]")) replace(old, part);
  }
}

/** Waits for calls to end before running once; `run` never overlaps itself. */
export function coalesce(run, ms) {
  let timer = 0;
  let busy = false;
  let again = false;
  const go = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      await run();
    } finally {
      busy = false;
      if (again) { again = false; go(); }
    }
  };
  return () => {
    clearTimeout(timer);
    timer = setTimeout(go, ms);
  };
}

/** A random id; also on plain http, where crypto.randomUUID does not exist. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
