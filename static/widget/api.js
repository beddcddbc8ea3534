/** The panel's few plain requests. Each gives {ok, status, data}; status 0 means no answer came. */

const TIMEOUT_MS = 12000;

async function ask(url, options = {}) {
  try {
    const answer = await fetch(url, {
      credentials: "omit",
      referrerPolicy: "same-origin",
      signal: options.signal ?? AbortSignal.timeout(TIMEOUT_MS),
      ...options,
    });
    const data = await answer.json().catch(() => null);
    return { ok: answer.ok && data !== null, status: answer.status, data };
  } catch (error) {
    return { ok: false, status: 0, data: null, aborted: error.name === "AbortError" };
  }
}

function post(url, body, headers = {}) {
  return ask(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

export class Api {
  constructor(config) {
    this.config = config;
  }

  url(path, query) {
    const url = new URL(path, location.origin);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }

  status() {
    return ask(this.url(this.config.status_url ?? "/widget/status/", { key: this.config.key }));
  }

  search(q, lang, signal) {
    return ask(this.url(this.config.search_url ?? "/widget/search/", { key: this.config.key, q, lang }), { signal });
  }

  session() {
    return post(this.config.session_url ?? "/widget/session/", { key: this.config.key });
  }

  /** `once` marks the attempt, so that a resend after a lost answer can be told from a second message. */
  request(fields, once) {
    const url = this.config.request_url ?? "/widget/request/";
    return post(url, { key: this.config.key, ...fields }, { "Idempotency-Key": once });
  }
}
