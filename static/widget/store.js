/**
 * What the panel keeps in its own frame's storage: token, drafts, words not yet acknowledged.
 * Nothing is written before the visitor types or sends. Where storage is refused, memory serves.
 */
export class Store {
  constructor(key) {
    this.prefix = `helpdesk.${key}.`;
    this.memory = new Map();
    try {
      this.disk = window.localStorage;
      this.disk.getItem(this.prefix);
    } catch {
      this.disk = null;
    }
  }

  get(name) {
    let raw = this.memory.get(name) ?? null;
    try {
      raw = this.disk ? (this.disk.getItem(this.prefix + name) ?? raw) : raw;
      return raw === null ? null : JSON.parse(raw);
    } catch {
      return null;
    }
  }

  set(name, value) {
    const raw = JSON.stringify(value);
    try {
      if (!this.disk) throw new Error("no storage");
      this.disk.setItem(this.prefix + name, raw);
      this.memory.delete(name);
    } catch {
      this.memory.set(name, raw);
    }
  }

  remove(name) {
    this.memory.delete(name);
    try {
      this.disk?.removeItem(this.prefix + name);
    } catch {
      /* Memory was all there was. */
    }
  }

  /** The names below `start`, without it. */
  names(start) {
    const found = new Set([...this.memory.keys()].filter((name) => name.startsWith(start)));
    const full = this.prefix + start;
    try {
      for (let i = 0; i < (this.disk?.length ?? 0); i += 1) {
        const name = this.disk.key(i);
        if (name?.startsWith(full)) found.add(name.slice(this.prefix.length));
      }
    } catch {
      /* Memory was all there was. */
    }
    return [...found].map((name) => name.slice(start.length));
  }

  /** Calls back with (name, value) when another tab of the same site changed something. */
  watch(callback) {
    window.addEventListener("storage", (event) => {
      if (!event.key?.startsWith(this.prefix)) return;
      callback(event.key.slice(this.prefix.length), event.newValue);
    });
  }
}

/** One draft for search, chat and form: what was typed in one is there in the next. */
export class Draft {
  constructor(store) {
    this.store = store;
    this.values = { text: "", query: "", carried: "", subject: "", name: "", email: "", ...store.get("draft") };
  }

  get(field) {
    return this.values[field];
  }

  set(field, value) {
    if (this.values[field] === value) return;
    this.values[field] = value;
    this.store.set("draft", this.values);
  }

  /** The words for chat or form: what was written there, else what was searched for. */
  words() {
    const { text, query, carried } = this.values;
    if (!text && query && query !== carried) {
      this.set("carried", query);
      this.set("text", query);
    }
    return this.values.text;
  }
}
