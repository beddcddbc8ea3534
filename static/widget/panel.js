/** The panel: one page in a frame, three views over one chat and one draft. */
import { Api } from "./api.js";
import { Chat } from "./chat.js";
import { chatView } from "./view-chat.js";
import { paintBrand } from "./color.js";
import { avatar, h, icon } from "./dom.js";
import { formView } from "./view-form.js";
import { homeView } from "./view-home.js";
import { Host } from "./host.js";
import { Draft, Store } from "./store.js";
import { pickLanguage, words } from "./strings.js";

const STATUS_FRESH_MS = 60000;
const VIEWS = { home: homeView, chat: chatView, form: formView };

function readConfig() {
  const value = JSON.parse(document.getElementById("widget-config").textContent);
  return typeof value === "string" ? JSON.parse(value) : value;
}

class Panel {
  constructor(config) {
    this.config = config;
    this.root = document.getElementById("panel");
    this.store = new Store(config.key);
    this.draft = new Draft(this.store);
    this.api = new Api(config);
    this.page = "";
    this.status = null;
    this.statusAt = 0;
    this.shown = window.parent === window;
    this.name = "home";
    this.language = pickLanguage(this.store.get("language") ?? config.language ?? document.documentElement.lang);
    this.chat = new Chat({ config, api: this.api, store: this.store, page: () => this.page });
    this.host = new Host({
      init: (data) => this.greeted(data),
      open: (data) => this.opened(data),
      close: () => this.closed(),
      page: (data) => this.setPage(data.page),
      identify: (data) => this.chat.identify(typeof data.jwt === "string" ? data.jwt : null),
      language: (data) => this.setLanguage(data.language),
    });
    this.listen();
    paintBrand(document.documentElement, config.brand?.color);
    this.go(this.chat.live ? "chat" : "home", { focus: this.shown });
    this.chat.resume();
    this.refreshStatus();
  }

  listen() {
    this.chat.addEventListener("state", () => {
      this.view.update();
      this.host.tell("live", { on: this.chat.live && this.chat.phase !== "ended" });
    });
    this.chat.addEventListener("entry", (event) => this.view.entry?.(event.detail));
    this.chat.addEventListener("gone", (event) => this.view.gone?.(event.detail));
    this.chat.addEventListener("unread", () => this.host.tell("unread", { count: this.chat.unread }));
    document.addEventListener("visibilitychange", () => this.attend());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
      if (!this.view.escape?.()) this.host.tell("close");
    });
  }

  /** The loader's first word; after a page change the panel may already stand open. */
  greeted(data) {
    this.setPage(data.page);
    if (data.language && !this.store.get("language")) this.setLanguage(data.language);
    if (data.open) this.opened(data);
  }

  opened(data) {
    this.setPage(data.page);
    this.shown = true;
    this.refreshStatus();
    this.attend();
    // What was built while the frame was hidden had no size to measure by.
    this.view.entered?.();
    this.view.focus(data.keyboard === true);
  }

  closed() {
    this.shown = false;
    this.attend();
  }

  setPage(page) {
    if (typeof page === "string") this.page = page.slice(0, 2000);
  }

  /** Tells the chat whether its words are being read just now. */
  attend() {
    this.chat.watch(this.shown && this.name === "chat" && document.visibilityState === "visible");
  }

  async refreshStatus() {
    if (Date.now() - this.statusAt < STATUS_FRESH_MS) return;
    this.statusAt = Date.now();
    const { ok, data } = await this.api.status();
    if (!ok) this.statusAt = 0;
    this.status = ok ? data : this.status || false;
    if (ok && data.brand?.color) paintBrand(document.documentElement, data.brand.color);
    this.view.update();
  }

  setLanguage(tag, byVisitor = false) {
    const language = pickLanguage(tag);
    if (byVisitor) {
      this.store.set("language", language);
      this.host.tell("language", { language });
    }
    if (language === this.language) return;
    this.language = language;
    this.go(this.name, { focus: byVisitor });
  }

  context() {
    const t = words(this.language);
    return {
      t,
      language: this.language,
      config: this.config,
      api: this.api,
      draft: this.draft,
      chat: this.chat,
      store: this.store,
      status: () => this.status,
      go: (name) => this.go(name),
      replace: (view) => this.show(view),
      header: (parts) => this.header(t, parts),
    };
  }

  /** The line on top: back, face and title, what this view adds, language, close. */
  header(t, { back, title, face, under, extra, home = false, talking = false }) {
    const other = this.language === "es" ? "en" : "es";
    const button = (name, iconName, onclick) =>
      h("button", { type: "button", class: "tool", "aria-label": name, title: name, onclick }, icon(iconName));
    return h("header", { class: "head" },
      back && button(t("back"), "back", back),
      face && avatar(face.name, face.photo),
      h("div", { class: "head-words" }, h(home ? "strong" : "h1", { dir: "auto", tabindex: home ? null : "-1" }, title), under),
      extra,
      !talking && h("button", { type: "button", class: "tool language", lang: other, onclick: () => this.setLanguage(other, true) }, t("otherLanguage")),
      this.host.framed && button(t("close"), "close", () => this.host.tell("close")));
  }

  go(name, { focus = true } = {}) {
    this.name = name;
    this.refreshStatus();
    document.documentElement.lang = this.language;
    document.title = words(this.language)("panel");
    this.show(VIEWS[name](this.context()), focus);
    this.attend();
  }

  show(view, focus = true) {
    this.view?.leave?.();
    this.view = view;
    this.root.replaceChildren(view.el);
    view.entered?.();
    if (focus) view.focus(true);
  }
}

new Panel(readConfig());
