/** The first screen: who is here, the way in, help as you type, and the other way. */
import { h, icon, outLink, safeUrl } from "./dom.js";
import { greeting, opensWords, waitWords } from "./times.js";

const PAUSE_MS = 250;
const SHORTEST_QUERY = 2;

/** What the status says, in words: {open, text, detail}. `status` null: asking; false: no answer came. */
export function statusWords(t, language, status) {
  if (status === null) return { open: false, text: t("checking") };
  if (status === false) return { open: false, text: t("statusUnknown") };
  if (status.open) {
    const wait = waitWords(t, status.wait_low, status.wait_high);
    return { open: true, text: wait ? t("waitNow", { wait }) : t("hereNow") };
  }
  const opens = opensWords(t, language, status.opens_at);
  return { open: false, text: closedWords(t, status.reason), detail: opens && t("opens", { when: opens }) };
}

// The server's reason is a code of one word or, for a holiday, its name as people know it.
function closedWords(t, reason) {
  if (!reason || /closed|hours|weekend|disabled/.test(reason)) return t("closed");
  if (/agent|busy|full|offline|away|nobody|staff/.test(reason)) return t("busy");
  return /^[a-z]+(_[a-z]+)*$/.test(reason) ? t("closed") : t("closedFor", { reason: reason.replace(/^holiday:\s*/i, "") });
}

function results(t, answer) {
  if (!answer.ok) return h("p", { class: "hint" }, t("searchFailed"));
  const found = (answer.data.results ?? []).slice(0, 5);
  if (!found.length) return h("p", { class: "hint" }, t("foundNone"));
  const item = ({ title, snippet, url }) => {
    const words = h("span", { class: "words" }, h("strong", {}, title), h("span", { class: "snippet" }, snippet));
    const more = h("span", { class: "unseen" }, ` (${t("newTab")})`);
    return h("li", {}, outLink(safeUrl(url) ?? "/help/", icon("article"), words, more));
  };
  return h("ul", { class: "results" }, found.map(item));
}

function searchBox({ t, language, api, draft }) {
  const said = h("p", { class: "unseen", role: "status" });
  const list = h("div", { class: "found" });
  const input = h("input", {
    type: "search", id: "search", class: "search-input", placeholder: t("searchPlaceholder"), maxlength: 200,
    autocomplete: "off", enterkeyhint: "search", "aria-controls": "found",
  });
  list.id = "found";
  input.value = draft.get("query");
  let timer = 0;
  let running = null;

  async function look() {
    clearTimeout(timer);
    running?.abort();
    const query = input.value.trim();
    if (query.length < SHORTEST_QUERY) {
      list.replaceChildren();
      said.textContent = "";
      return;
    }
    if (!list.childElementCount) list.replaceChildren(h("p", { class: "hint" }, t("searching")));
    running = new AbortController();
    const answer = await api.search(query, language, running.signal);
    if (answer.aborted) return;
    const content = results(t, answer);
    list.replaceChildren(content);
    const n = content.childElementCount;
    said.textContent = content.matches("ul") ? t("found", { n }) : content.textContent;
  }

  input.addEventListener("input", () => {
    draft.set("query", input.value);
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  const form = h("form", { role: "search", class: "search" },
    h("label", { for: "search" }, t("search")),
    h("div", { class: "search-row" }, icon("search"), input), said, list);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look();
  });
  if (input.value) look();
  return form;
}

function way(className, iconName, title, hint, onclick) {
  const words = h("span", { class: "words" }, h("strong", {}, title), hint);
  return h("button", { type: "button", class: `way ${className}`, onclick }, icon(iconName), words, icon("next", "icon next"));
}

/** Context: {t, language, config, api, draft, chat, status(), go(view), header()}. */
export function homeView(context) {
  const { t, language, chat, go, config } = context;
  const title = h("h1", { tabindex: "-1" });
  const choices = h("div", { class: "ways" });
  const state = h("p", { class: "status", role: "status" });

  function update() {
    const name = chat.contact.name || config.greeting_name || "";
    const hello = greeting(t);
    title.textContent = name ? t("greetNamed", { greeting: hello, name }) : hello;
    const status = context.status();
    const words = statusWords(t, language, status);
    state.classList.toggle("is-open", words.open);
    const line = [words.text, words.detail].filter(Boolean).join(". ").replace(/\.\. /, ". ");
    if (state.textContent !== line) state.replaceChildren(line);

    const chatOpen = status === null || status === false || status.open;
    const leave = way(chatOpen || chat.live ? "" : "primary", "mail", t("leaveMessage"), t("leaveHint"), () => go("form"));
    const ways = [leave];
    if (chat.live) ways.unshift(way("primary", "chat", t("continueChat"), t("continueHint"), () => go("chat")));
    else if (chatOpen) ways.unshift(way("primary", "chat", t("startChat"), null, () => go("chat")));
    const shape = ways.map((each) => each.className + each.textContent).join();
    if (choices.dataset.shape === shape) return;
    choices.dataset.shape = shape;
    choices.replaceChildren(...ways);
  }

  const el = h("div", { class: "view home" },
    h("div", { class: "bar" }, context.header({ title: config.brand?.name ?? "", home: true })),
    h("main", {},
      h("div", { class: "hero" }, title, h("p", { class: "lead" }, t("howHelp")), state),
      h("div", { class: "body" }, choices, searchBox(context),
        h("p", { class: "more" }, outLink("/help/", t("popular"), h("span", { class: "unseen" }, ` (${t("newTab")})`))))));
  update();
  const focus = (keyboard) => (keyboard ? choices.querySelector("button") : title).focus({ preventScroll: true });
  return { el, update, focus };
}
