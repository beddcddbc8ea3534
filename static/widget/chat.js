/**
 * The visitor's side of one chat: session, socket, thread, and what is known of the other side.
 * Events: "state" (anything a view shows), "entry" and "gone" (from the thread), "unread".
 */
import { Socket } from "./socket.js";
import { Thread } from "./thread.js";

const ANSWER_MS = 12000;
const STALE_MS = 15000;
const TYPING_SHOWN_MS = 6000;
const TYPING_EVERY_MS = 3000;
const SESSION_RETRIES_MS = [1500, 4000, 9000];

// Error codes by what the panel does about them; any other with an id marks that message as not sent.
const AGAIN = /rate|flood|busy|unavailable|try|limit(?!_length)/;
const TOKEN = /token|session|auth|expired|revoked|credential/;

export class Chat extends EventTarget {
  constructor({ config, api, store, page }) {
    super();
    this.api = api;
    this.store = store;
    this.page = page;
    this.identity = null;
    this.link = "idle";
    this.trouble = null;
    this.watched = false;
    this.typingSent = 0;
    this.starting = null;
    this.rest();
    this.thread = new Thread({ store, transmit: (frame) => this.socket?.send(frame) ?? false });
    for (const type of ["entry", "gone"]) {
      this.thread.addEventListener(type, (event) => {
        this.dispatchEvent(new CustomEvent(type, { detail: event.detail }));
        this.count();
      });
    }
    this.socket = new Socket({
      path: config.socket_path ?? "/ws/widget/",
      hello: () => this.hello(),
      onframe: (frame) => this.take(frame),
      onstate: (state) => this.linked(state),
    });
    store.watch((name) => name === "session" && this.sessionElsewhere());
    setInterval(() => this.tick(), 2000);
  }

  /** Nobody on the other side yet. */
  rest() {
    this.phase = "none";
    this.agent = null;
    this.queue = null;
    this.typing = null;
    this.endReason = null;
    this.endedByMe = false;
    this.mailed = false;
  }

  changed() {
    this.dispatchEvent(new Event("state"));
  }

  get contact() {
    return this.store.get("contact") ?? { name: "", email: "" };
  }

  /** True when there is something to go on with: words said, or a session of before. */
  get live() {
    return this.thread.entries.size > 0 || this.session() !== null;
  }

  // --- session ---

  session() {
    const session = this.store.get("session");
    return session?.token && Date.parse(session.expires_at) > Date.now() ? session : null;
  }

  hello() {
    const session = this.session();
    this.since = session?.since;
    const { name, email } = this.contact;
    const frame = { type: "hello", token: session?.token ?? "", after: this.thread.last };
    const more = { name, email, page: this.page(), identity: this.identity };
    for (const [field, value] of Object.entries(more)) if (value) frame[field] = value;
    return frame;
  }

  /** Takes up the chat of before, if there is one. */
  resume() {
    if (this.session()) this.socket.start();
    else if (this.thread.out.length) this.begin();
  }

  /** A session and a socket, made when the visitor first needs them. */
  begin() {
    if (this.session()) {
      this.socket.start();
      return;
    }
    this.starting ??= this.open().finally(() => (this.starting = null));
  }

  async open() {
    this.trouble = null;
    this.link = "connecting";
    this.changed();
    for (const delay of [...SESSION_RETRIES_MS, null]) {
      const { ok, status, data } = await this.api.session();
      if (ok && data.token) {
        this.thread.turnPage();
        this.store.remove("seen");
        const since = crypto.randomUUID();
        this.store.set("session", { token: data.token, expires_at: data.expires_at, since });
        this.since = since;
        this.socket.start();
        return;
      }
      const refused = status >= 400 && status < 500 && status !== 429;
      if (refused || delay === null) {
        this.trouble = refused ? "blocked" : "session";
        this.link = "idle";
        for (const { id } of [...this.thread.out]) this.thread.fail(id);
        this.changed();
        return;
      }
      await new Promise((done) => setTimeout(done, delay * (0.5 + Math.random())));
    }
  }

  /** The server does not know the token any more. */
  lost() {
    this.store.remove("session");
    this.socket.stop();
    this.rest();
    this.thread.rewind();
    if (this.thread.last > 0) this.thread.line("expired", {});
    const again = Date.now() - (this.lostAt ?? 0) > 10000;
    this.lostAt = Date.now();
    if (this.thread.out.length && again) this.begin();
    this.changed();
  }

  /** Another tab started over, or started: follow it. A renewed token alone changes nothing here. */
  sessionElsewhere() {
    const session = this.session();
    if (!session || session.since === this.since) return;
    this.socket.stop();
    this.thread.clear();
    this.thread.loadOutbox();
    this.rest();
    this.socket.start();
    this.changed();
  }

  startOver() {
    this.socket.stop();
    for (const name of ["session", "seen"]) this.store.remove(name);
    this.thread.clear();
    this.thread.loadOutbox();
    this.rest();
    this.trouble = null;
    this.changed();
  }

  // --- verbs ---

  say(text) {
    this.typingSent = 0;
    if (this.phase === "ended") this.phase = "none";
    this.thread.say(text);
    this.begin();
    this.changed();
  }

  retry(id) {
    this.thread.retry(id);
    this.socket.nudge();
    this.begin();
    this.thread.flush();
  }

  typed() {
    const now = Date.now();
    if (now - this.typingSent < TYPING_EVERY_MS) return;
    if (this.socket.send({ type: "typing" })) this.typingSent = now;
  }

  end() {
    this.endedByMe = this.socket.send({ type: "end" });
  }

  setContact(name, email) {
    this.store.set("contact", { name, email });
    if (this.link === "ready") this.socket.send(this.hello());
    this.changed();
  }

  identify(jwt) {
    this.identity = jwt || null;
    if (this.identity && this.link === "ready") this.socket.send(this.hello());
  }

  /** Unsent words, taken back out of the outbox, to go another way. */
  takeBack() {
    return this.thread.out.map((item) => item.id).map((id) => this.thread.withdraw(id));
  }

  // --- what comes in ---

  linked(state) {
    this.link = state;
    if (state === "waiting" || state === "idle") {
      this.thread.rewind();
      this.typing = null;
    }
    this.changed();
  }

  take(frame) {
    const handler = HANDLERS[frame.type];
    if (!handler) return;
    handler(this, frame);
    this.changed();
  }

  refuse({ code = "", id }) {
    if (id && AGAIN.test(code)) {
      setTimeout(() => this.thread.retry(id), 1000 + Math.random() * 1000);
    } else if (id) {
      this.thread.fail(id, code);
    } else if (TOKEN.test(code)) {
      this.lost();
    }
  }

  heard(frame) {
    const entry = this.thread.receive(frame);
    if (!entry || entry.from === "visitor") return;
    if (entry.from === "agent" && !this.agent) this.agent = { name: entry.name, photo: null };
    clearTimeout(this.typingTimer);
    this.typing = null;
  }

  showTyping(name) {
    clearTimeout(this.typingTimer);
    this.typing = name || this.agent?.name || "";
    this.typingTimer = setTimeout(() => {
      this.typing = null;
      this.changed();
    }, TYPING_SHOWN_MS);
  }

  tick() {
    if (this.thread.overdue() > ANSWER_MS) this.socket.bounce();
    // A session that ran out while the panel slept: a new one carries what is still unsent.
    if (this.link === "waiting" && !this.session()) this.lost();
    if (this.link === "ready" || this.starting) return;
    for (const { id, failed } of this.thread.out) {
      const entry = this.thread.entries.get(id);
      if (failed || entry.state !== "sending" || Date.now() - Date.parse(entry.at) < STALE_MS) continue;
      // Shown as not sent, yet still first in line when the connection is back.
      entry.state = "failed";
      this.dispatchEvent(new CustomEvent("entry", { detail: entry }));
    }
  }

  // --- read and unread ---

  /** The conversation is before the visitor's eyes, or no longer. */
  watch(on) {
    this.watched = on;
    this.count();
  }

  count() {
    if (this.watched) {
      if (this.thread.head > (this.store.get("seen") ?? 0)) this.store.set("seen", this.thread.head);
      this.unread = 0;
    } else {
      const seen = this.store.get("seen") ?? 0;
      const fresh = (entry) => entry.kind === "message" && entry.from !== "visitor" && entry.seq > seen;
      this.unread = this.thread.ordered().filter(fresh).length;
    }
    this.dispatchEvent(new Event("unread"));
  }
}

const HANDLERS = {
  welcome(chat, frame) {
    chat.trouble = null;
    chat.thread.expect(frame.seq);
    chat.thread.flush();
  },
  message: (chat, frame) => chat.heard(frame),
  ack(chat, frame) {
    chat.thread.ack(frame);
    if (chat.phase === "none") chat.phase = "waiting";
  },
  queue(chat, frame) {
    chat.queue = frame;
    chat.phase = "waiting";
  },
  accepted(chat, frame) {
    const name = frame.agent?.name ?? "";
    // Said again after a reload, it is no news: the agent's words stand there already.
    const same = chat.phase !== "ended" && chat.agent?.name === name;
    chat.agent = { name, photo: frame.agent?.photo ?? null };
    chat.queue = null;
    chat.phase = "active";
    if (!same) chat.thread.line("accepted", { name }, frame.seq);
  },
  transferred(chat, frame) {
    chat.agent = frame.agent ?? null;
    chat.phase = frame.agent ? "active" : "waiting";
    chat.typing = null;
    chat.thread.line("transferred", {}, frame.seq);
  },
  ended(chat, frame) {
    if (chat.phase === "ended") return;
    chat.phase = "ended";
    chat.queue = null;
    chat.typing = null;
    chat.endReason = chat.endedByMe ? "visitor" : frame.reason;
    chat.thread.line(...endWords(chat), frame.seq);
  },
  typing: (chat, frame) => chat.showTyping(frame.name),
  token(chat, frame) {
    const session = chat.store.get("session");
    chat.store.set("session", { ...session, token: frame.token, expires_at: frame.expires_at });
  },
  resync: (chat) => chat.socket.send({ type: "sync", after: chat.thread.last }),
  error: (chat, frame) => chat.refuse(frame),
};

function endWords(chat) {
  const reason = chat.endReason ?? "";
  if (/visitor|customer/.test(reason)) return ["endedYou", {}];
  if (/idle|timeout|inactive/.test(reason)) return ["endedIdle", {}];
  if (/closed|hours/.test(reason)) return ["endedClosed", {}];
  return chat.agent?.name ? ["endedBy", { name: chat.agent.name }] : ["ended", {}];
}
