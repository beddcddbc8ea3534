/** The conversation: log, state of the line and the queue, cards, and the composer. */
import { endAsk, endedCard, whoCard } from "./cards.js";
import { h, icon } from "./dom.js";
import { Entries } from "./entries.js";
import { statusWords } from "./view-home.js";
import { waitWords } from "./times.js";

const LONGEST = 4000;
const NEAR_PX = 60;
const TROUBLED_ATTEMPTS = 4;

export function chatView(context) {
  return new ChatView(context);
}

class ChatView {
  constructor(context) {
    Object.assign(this, context);
    const { t } = this;
    this.entries = new Entries({ t, language: this.language, chat: this.chat, onedit: (id) => this.takeForEdit(id) });
    this.asking = null;
    this.head = h("div", { class: "bar" });
    this.notice = h("div", { class: "notice", role: "status" });
    this.notice.hidden = true;
    this.hint = h("p", { class: "hint first" });
    this.typing = h("p", { class: "typing" });
    this.cards = h("div", { class: "cards" });
    this.scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": t("conversation") },
      this.hint, this.entries.el, this.typing, this.cards);
    this.below = h("button", { type: "button", class: "below", onclick: () => this.toEnd() }, t("newBelow"), icon("down"));
    this.below.hidden = true;
    this.scroller.addEventListener("scroll", () => this.nearEnd() && (this.below.hidden = true), { passive: true });
    this.composer = this.makeComposer();
    this.el = h("div", { class: "view chat" }, this.head, this.notice,
      h("main", {}, h("div", { class: "talk" }, this.scroller, this.below), this.composer));
    this.update();
  }

  makeComposer() {
    const { t } = this;
    this.input = h("textarea", { id: "message", rows: 1, maxlength: LONGEST, placeholder: t("messagePlaceholder"), enterkeyhint: "send", dir: "auto" });
    this.input.value = this.draft.words();
    this.left = h("p", { class: "left", role: "status" });
    this.button = h("button", { type: "submit", class: "send", "aria-label": t("send"), title: t("send") }, icon("send"));
    const form = h("form", { class: "composer" },
      h("label", { for: "message", class: "unseen" }, t("message")), this.left,
      h("div", { class: "composer-row" }, this.input, this.button));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.input.addEventListener("input", () => {
      this.draft.set("text", this.input.value);
      this.measure();
      if (this.input.value && this.chat.live) this.chat.typed();
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    return form;
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.draft.set("text", "");
    this.draft.set("carried", this.draft.get("query"));
    this.chat.say(text);
    this.measure();
    this.input.focus();
    this.toEnd();
  }

  measure() {
    this.input.style.blockSize = "auto";
    this.input.style.blockSize = `${Math.min(this.input.scrollHeight + 2, 140)}px`;
    const left = LONGEST - this.input.value.length;
    this.left.textContent = left <= 200 ? this.t("remaining", { n: left }) : "";
    this.button.classList.toggle("is-empty", !this.input.value.trim());
  }

  takeForEdit(id) {
    const text = this.chat.thread.withdraw(id);
    this.input.value = [text, this.input.value].filter(Boolean).join("\n");
    this.draft.set("text", this.input.value);
    this.measure();
    this.input.focus();
  }

  // --- what the panel calls ---

  entered() {
    this.measure();
    this.entries.render();
    this.toEnd();
  }

  focus() {
    if (this.composer.hidden) (this.cards.querySelector("button, input") ?? this.scroller).focus();
    else this.input.focus();
  }

  escape() {
    if (this.asking !== "end") return false;
    this.ask(null);
    this.focus();
    return true;
  }

  leave() {
    clearTimeout(this.drawing);
  }

  entry(entry) {
    const follow = this.nearEnd() || entry.from === "visitor";
    this.follow = this.follow || follow;
    this.draw();
  }

  gone() {
    this.draw();
  }

  /** One drawing for a burst of entries. */
  draw() {
    if (this.drawing) return;
    this.drawing = setTimeout(() => {
      this.drawing = 0;
      const height = this.scroller.scrollHeight;
      this.entries.render();
      this.update();
      if (this.follow) this.toEnd();
      else if (this.scroller.scrollHeight > height) this.below.hidden = false;
      this.follow = false;
    }, 0);
  }

  nearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_PX;
  }

  toEnd() {
    this.below.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  update() {
    const near = this.nearEnd();
    this.updateHead();
    this.updateNotice();
    this.updateCards();
    const { t, chat } = this;
    const name = chat.typing === null ? null : chat.typing || t("team");
    this.typing.replaceChildren(...(name === null ? [] : [h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), t("typing", { name })]));
    const status = this.status();
    this.hint.hidden = chat.thread.entries.size > 0;
    this.hint.textContent = t(status && !status.open ? "closedChatHint" : "firstHint");
    this.composer.hidden = chat.phase === "ended";
    if (near) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  updateHead() {
    const { t, chat, config } = this;
    const agent = chat.agent;
    const title = agent?.name || config.brand?.name || t("team");
    const status = statusWords(t, this.language, this.status());
    const running = ["waiting", "active"].includes(chat.phase);
    const under = chat.phase === "active" ? t("withYou") : chat.phase === "ended" ? t("ended") : status.text;
    const shape = [title, agent?.photo, under, running].join("|");
    if (this.headShape === shape) return;
    this.headShape = shape;
    const hadFocus = this.head.contains(document.activeElement);
    const end = running && h("button", { type: "button", class: "tool", "aria-label": t("endChat"), title: t("endChat"), onclick: () => this.ask("end") }, icon("end"));
    const face = { name: agent?.name || "", photo: agent?.photo };
    this.head.replaceChildren(this.header({ back: () => this.go("home"), title, face, under: h("span", { class: "under" }, under), extra: end, talking: true }));
    if (hadFocus) this.focus();
  }

  // --- the line, and the queue ---

  updateNotice() {
    const { chat } = this;
    const [words, action, onclick] = this.noticeWords();
    const shape = `${words}|${action}`;
    this.notice.hidden = !words;
    this.notice.classList.toggle("calm", chat.phase === "waiting" && chat.link === "ready");
    if (this.noticeShape === shape) return;
    this.noticeShape = shape;
    const button = action && h("button", { type: "button", class: "link", onclick }, this.t(action));
    this.notice.replaceChildren(...(words ? [h("span", {}, words), ...(button ? [button] : [])] : []));
  }

  noticeWords() {
    const { t, chat } = this;
    const toForm = ["ratherWrite", () => this.toForm()];
    if (chat.trouble === "blocked") return [t("blocked"), ...toForm];
    if (chat.trouble) return [t("sessionFailed"), ...toForm];
    if (navigator.onLine === false && chat.link !== "idle") return [t("offline")];
    if (chat.link === "waiting" || (chat.link === "connecting" && chat.socket.attempt > 0)) {
      return [t("reconnecting"), ...(chat.socket.attempt > TROUBLED_ATTEMPTS ? toForm : [])];
    }
    if (chat.phase !== "waiting") return [null];
    return [this.queueWords(), "byEmail", () => this.byEmail()];
  }

  queueWords() {
    const { t, chat } = this;
    const { position, wait_low: low, wait_high: high } = chat.queue ?? {};
    if (!Number.isInteger(position)) return t("waiting");
    const place = position <= 1 ? t("queueNext") : t("queueAhead", { n: position - 1 });
    const wait = waitWords(t, low, high);
    return wait ? t("queueWait", { place, wait }) : place;
  }

  /** To the request form, with every unsent word. */
  toForm() {
    const text = [...this.chat.takeBack(), this.input.value].filter(Boolean).join("\n");
    this.draft.set("text", text);
    this.go("form");
  }

  /** Out of the queue or after the end: the same ticket goes on by mail. */
  byEmail() {
    if (!this.chat.contact.email) {
      this.ask("mail");
      return;
    }
    this.chat.end();
  }

  // --- cards ---

  ask(which) {
    this.asking = which;
    this.updateCards();
    if (!which) return;
    this.toEnd();
    this.cards.querySelector("button, input")?.focus();
  }

  updateCards() {
    const { chat } = this;
    const wanted = this.wantedCard();
    const shape = [wanted, chat.contact.email, chat.thread.ticket].join("|");
    if (this.cardShape === shape) return;
    this.cardShape = shape;
    const card = wanted && this[wanted]();
    this.cards.replaceChildren(...(card ? [card] : []));
  }

  wantedCard() {
    const { chat } = this;
    const running = ["waiting", "active"].includes(chat.phase);
    if (this.asking === "end" && running) return "endCard";
    if (this.asking === "mail" && !chat.contact.email) return "mailCard";
    if (chat.phase === "ended") return "doneCard";
    const asked = chat.contact.email || chat.identity || this.store.get("asked");
    return running && !asked ? "onceCard" : null;
  }

  endCard() {
    const done = () => {
      this.ask(null);
      this.focus();
    };
    return endAsk({ t: this.t, onno: done, onyes: () => (this.chat.end(), done()) });
  }

  doneCard() {
    const restart = () => {
      this.chat.startOver();
      this.cardShape = null;
      this.go("chat");
    };
    return endedCard({ t: this.t, chat: this.chat, onmail: () => this.ask("mail"), onnew: restart });
  }

  /** Asked of oneself, after the first message; may be declined for good. */
  onceCard() {
    return this.who(({ email }) => this.chat.thread.line("whoThanks", { email }));
  }

  /** Asked for by the visitor, who wants to go on by email. */
  mailCard() {
    return this.who(() => this.chat.phase !== "ended" && this.chat.end());
  }

  who(then) {
    const { t, chat, draft } = this;
    const close = () => {
      this.store.set("asked", true);
      this.ask(null);
      this.focus();
    };
    const onsave = (name, email) => {
      chat.setContact(name, email);
      close();
      then({ name, email });
    };
    return whoCard({ t, chat, draft, onsave, onskip: close });
  }
}
