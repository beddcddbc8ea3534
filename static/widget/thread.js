/**
 * The conversation as data: entries in one order, and the visitor's words on their way out.
 *
 * An entry is {key, kind: "message"|"line", seq, id, from, name, text, at, state, problem, order}.
 * Server entries are known by `seq` (gap-free from 1) and `id`; own ones by `id` from birth, which is
 * also the idempotency key. `last` is the highest seq below which nothing lacks.
 */

const IN_FLIGHT = 5;
const SYNC_DELAY_MS = 200;
const SYNC_PATIENCE_MS = 1500;
const SYNC_TRIES = 3;

export class Thread extends EventTarget {
  constructor({ store, transmit }) {
    super();
    this.store = store;
    // transmit(frame) → false when there is no line just now.
    this.transmit = transmit;
    this.clear();
    this.loadOutbox();
  }

  clear() {
    this.out = [];
    this.entries = new Map();
    this.bySeq = new Map();
    this.last = 0;
    this.head = 0;
    this.births = 0;
    this.ticket = null;
    clearTimeout(this.gapTimer);
    this.gapTimer = 0;
    this.gapTries = 0;
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  ordered() {
    return [...this.entries.values()].sort((a, b) => a.order - b.order || a.birth - b.birth);
  }

  add(entry) {
    entry.birth = this.births += 1;
    this.entries.set(entry.key, entry);
    this.tell("entry", entry);
    return entry;
  }

  // --- what comes in ---

  /** A `message` push, live or replayed. Seen before by seq or id: it only settles what is there. */
  receive(frame) {
    const seq = Number.isInteger(frame.seq) ? frame.seq : null;
    const known = (seq !== null && this.bySeq.get(seq)) || (frame.id && this.entries.get(frame.id));
    if (known) {
      this.settle(known, seq);
      return null;
    }
    const entry = this.add({
      key: frame.id || `seq-${seq}`,
      kind: "message",
      id: frame.id,
      seq,
      from: frame.from,
      name: frame.name || "",
      text: String(frame.text ?? ""),
      at: frame.at || new Date().toISOString(),
      state: "sent",
      order: seq ?? this.head + 0.5,
    });
    if (seq !== null) this.number(entry, seq);
    return entry;
  }

  /** A line of the house ("Ana is with you now"): stands after what is there already. */
  line(name, values, seq = null) {
    if (seq !== null && this.bySeq.has(seq)) return;
    const entry = this.add({
      key: `line-${this.births}`,
      kind: "line",
      words: [name, values],
      seq,
      at: new Date().toISOString(),
      order: seq ?? this.head + 0.5,
    });
    if (seq !== null) this.number(entry, seq);
  }

  ack({ id, seq, ticket }) {
    // Another ticket counts its entries anew: what stands here stays above, and the count restarts.
    if (ticket && this.ticket && ticket !== this.ticket) this.turnPage();
    if (ticket) this.ticket = ticket;
    const entry = this.entries.get(id);
    this.forget(id);
    if (!entry) return;
    const twin = Number.isInteger(seq) ? this.bySeq.get(seq) : null;
    if (twin && twin !== entry) {
      this.entries.delete(entry.key);
      this.tell("gone", entry);
    } else {
      this.settle(entry, Number.isInteger(seq) ? seq : null);
    }
    this.flush();
  }

  settle(entry, seq) {
    if (entry.id) this.forget(entry.id);
    if (entry.state === "sent" && (seq === null || entry.seq === seq)) return;
    entry.state = "sent";
    entry.problem = null;
    if (seq !== null) {
      entry.seq = seq;
      entry.order = seq;
      this.number(entry, seq);
    }
    this.tell("entry", entry);
  }

  turnPage() {
    const shift = this.head + 1;
    for (const entry of this.entries.values()) if (Number.isFinite(entry.order)) entry.order -= shift;
    this.bySeq.clear();
    this.last = 0;
    this.head = 0;
  }

  number(entry, seq) {
    this.bySeq.set(seq, entry);
    this.head = Math.max(this.head, seq);
    const before = this.last;
    while (this.bySeq.has(this.last + 1)) this.last += 1;
    if (this.last !== before) this.gapTries = 0;
    this.watchGap();
  }

  /** The server has entries up to `seq`. */
  expect(seq) {
    if (Number.isInteger(seq)) this.head = Math.max(this.head, seq);
    this.watchGap();
  }

  watchGap() {
    if (this.last >= this.head) {
      clearTimeout(this.gapTimer);
      this.gapTimer = 0;
    } else if (!this.gapTimer) {
      // A short wait first: entries of one burst may arrive in another order.
      this.gapTimer = setTimeout(() => this.askGap(), this.gapTries ? SYNC_PATIENCE_MS : SYNC_DELAY_MS);
    }
  }

  askGap() {
    this.gapTimer = 0;
    if (this.last >= this.head) return;
    if (this.gapTries >= SYNC_TRIES) {
      // The server has nothing there for us: go on from the next that we hold.
      const held = [...this.bySeq.keys()].filter((seq) => seq > this.last);
      this.last = held.length ? Math.min(...held) : this.head;
      while (this.bySeq.has(this.last + 1)) this.last += 1;
      this.gapTries = 0;
    } else if (this.transmit({ type: "sync", after: this.last })) {
      this.gapTries += 1;
    } else {
      return; // No line: hello asks for the same when it is back.
    }
    this.watchGap();
  }

  // --- what goes out ---

  loadOutbox() {
    const kept = this.store.names("out.").map((id) => this.store.get(`out.${id}`));
    for (const word of kept.filter((word) => word?.id && word.text).sort((a, b) => a.at.localeCompare(b.at))) {
      this.queue(word);
    }
  }

  queue({ id, text, at }) {
    if (this.entries.has(id)) return;
    const entry = { key: id, kind: "message", id, seq: null, from: "visitor", name: "", text, at, state: "sending", order: Infinity };
    this.out.push({ id, sentAt: 0, failed: false });
    this.add(entry);
  }

  say(text) {
    const word = { id: crypto.randomUUID(), text, at: new Date().toISOString() };
    this.store.set(`out.${word.id}`, word);
    this.queue(word);
    this.flush();
    return word.id;
  }

  /** Sends what is not yet on its way, oldest first, a few at a time. */
  flush() {
    let busy = this.out.filter((item) => item.sentAt).length;
    for (const item of this.out) {
      if (item.sentAt || item.failed) continue;
      if (busy >= IN_FLIGHT) return;
      const entry = this.entries.get(item.id);
      if (!this.transmit({ type: "send", id: item.id, text: entry.text })) return;
      item.sentAt = Date.now();
      busy += 1;
      if (entry.state === "sending") continue;
      entry.state = "sending";
      this.tell("entry", entry);
    }
  }

  /** The line broke: what was on its way goes again, under the same id. */
  rewind() {
    for (const item of this.out) item.sentAt = 0;
  }

  /** Milliseconds that the oldest unanswered send has waited; 0 when none does. */
  overdue(now = Date.now()) {
    const waiting = this.out.filter((item) => item.sentAt && !item.failed).map((item) => now - item.sentAt);
    return Math.max(0, ...waiting);
  }

  fail(id, problem = null) {
    this.mark(id, true, problem);
  }

  retry(id) {
    this.mark(id, false, null);
    this.flush();
  }

  mark(id, failed, problem) {
    const item = this.out.find((each) => each.id === id);
    const entry = this.entries.get(id);
    if (!item || !entry) return;
    item.failed = failed;
    item.sentAt = 0;
    entry.state = failed ? "failed" : "sending";
    entry.problem = problem;
    this.tell("entry", entry);
  }

  /** Takes an unsent message back; gives its text. */
  withdraw(id) {
    const entry = this.entries.get(id);
    this.forget(id);
    this.entries.delete(id);
    this.tell("gone", entry);
    return entry.text;
  }

  forget(id) {
    const at = this.out.findIndex((item) => item.id === id);
    if (at < 0) return;
    this.out.splice(at, 1);
    this.store.remove(`out.${id}`);
  }
}
