/** The conversation on screen: one element per entry, kept in the thread's order. */
import { h, icon, linkify } from "./dom.js";
import { clock, dayKey, dayWords } from "./times.js";

const TOGETHER_MS = 5 * 60000;

export class Entries {
  constructor({ t, language, chat, onedit }) {
    this.t = t;
    this.language = language;
    this.chat = chat;
    this.onedit = onedit;
    this.made = new Map();
    this.el = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t("conversation") });
  }

  /** Brings the log in step with the thread; elements that stand right are not touched. */
  render() {
    const entries = this.chat.thread.ordered();
    const keys = new Set(entries.map((entry) => entry.key));
    for (const [key, made] of this.made) {
      if (keys.has(key)) continue;
      made.el.remove();
      this.made.delete(key);
    }
    let place = this.el.firstElementChild;
    entries.forEach((entry, i) => {
      const el = this.element(entry, entries[i - 1], entries[i + 1]);
      if (el === place) place = place.nextElementSibling;
      else this.el.insertBefore(el, place);
    });
  }

  element(entry, before, after) {
    const joins = (a, b) =>
      Boolean(a && b) && a.kind === "message" && b.kind === "message" && a.from === b.from && a.name === b.name &&
      Math.abs(Date.parse(b.at) - Date.parse(a.at)) < TOGETHER_MS && dayKey(a.at) === dayKey(b.at);
    const look = {
      follows: joins(before, entry),
      followed: joins(entry, after) && after.state === entry.state,
      day: before ? dayKey(before.at) !== dayKey(entry.at) : dayKey(entry.at) !== dayKey(new Date()),
    };
    const shape = [entry.state, entry.problem, entry.seq, look.follows, look.followed, look.day].join();
    const made = this.made.get(entry.key);
    if (made?.shape === shape) return made.el;
    const el = made?.el ?? h("div", {});
    if (entry.kind === "line") this.fillLine(el, entry, look);
    else this.fillMessage(el, entry, look, made);
    this.made.set(entry.key, { el, shape });
    return el;
  }

  fillLine(el, entry, { day }) {
    el.className = "entry line";
    el.replaceChildren(...this.day(entry, day), h("p", {}, this.t(...entry.words)));
  }

  day(entry, shown) {
    return shown ? [h("p", { class: "day" }, dayWords(this.t, this.language, entry.at))] : [];
  }

  fillMessage(el, entry, { follows, followed, day }, made) {
    const mine = entry.from === "visitor";
    const side = mine ? "mine" : entry.from === "system" ? "house" : "theirs";
    el.className = `entry ${side}${follows ? " follows" : ""}${followed ? " followed" : ""} is-${entry.state}`;
    // The words themselves are written once: a change of state is no new message to a screen reader.
    const bubble = made?.el.querySelector(".bubble") ?? this.bubble(entry, mine);
    const name = !mine && !follows && side === "theirs" && entry.name;
    el.replaceChildren(
      ...this.day(entry, day),
      ...(name ? [h("p", { class: "who", dir: "auto", "aria-hidden": "true" }, name)] : []),
      bubble,
      ...(followed && entry.state === "sent" ? [] : [this.foot(entry, mine)]),
    );
  }

  speaker(entry, mine) {
    if (mine) return this.t("you");
    return entry.name || this.t(entry.from === "bot" ? "assistant" : "team");
  }

  bubble(entry, mine) {
    const speaker = h("span", { class: "unseen" }, `${this.speaker(entry, mine)}: `);
    return h("div", { class: "bubble" }, speaker, h("span", { class: "said", dir: "auto" }, linkify(entry.text)));
  }

  foot(entry, mine) {
    const time = () => h("time", { datetime: entry.at, title: new Date(entry.at).toLocaleString(this.language) }, clock(this.language, new Date(entry.at)));
    if (!mine) return h("p", { class: "foot" }, time());
    if (entry.state === "failed") return this.failedFoot(entry);
    const sent = entry.state === "sent";
    const state = h("span", { class: "state" }, this.t(sent ? "sent" : "sending"), sent && icon("check"));
    return h("p", { class: "foot", "aria-live": "off" }, sent && [time(), " · "], state);
  }

  failedFoot(entry) {
    const tooLong = /long|size|large/.test(entry.problem ?? "");
    const act = (words, onclick) => h("button", { type: "button", class: "link", onclick }, this.t(words));
    return h("p", { class: "foot failed" }, icon("alert"), this.t(tooLong ? "tooLong" : "notSent"), " · ",
      !tooLong && [act("retry", () => this.chat.retry(entry.id)), " · "],
      act("edit", () => this.onedit(entry.id)));
  }
}
