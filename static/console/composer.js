// Writing: reply or note, draft kept as one types, shown at once, sent once (the id makes a resend harmless).
import * as conversation from "./conversation.js";
import { draft, outbox } from "./drafts.js";
import { ask, uuid } from "./parts.js";
import * as socket from "./socket.js";
import { t } from "./strings.js";

const ACK_MS = 8000;
const DRAFT_MS = 400;
const TYPING_EVERY_MS = 3000;
const waiting = new Map(); // id → timer that gives up on an ack
const carried = new Map(); // id → files of a message not yet stored; they live as long as the page
let draftTimer = 0;
let lastTyping = 0;

const form = () => document.getElementById("composer");
const field = () => document.getElementById("composer-body");

function say(words) {
  const state = document.getElementById("composer-state");
  if (state) state.textContent = words;
}

export function setMode(mode) {
  const tab = document.getElementById(`tab-${mode}`);
  if (!form() || !tab || tab.disabled) return;
  if (form().dataset.mode !== mode) saveDraft();
  form().dataset.mode = mode;
  for (const other of form().querySelectorAll("[role=tab]")) other.setAttribute("aria-selected", String(other === tab));
  field().placeholder = mode === "note" ? field().dataset.placeholderNote : field().dataset.placeholderReply;
  field().value = draft.get(conversation.number(), mode);
  field().focus();
}

function saveDraft() {
  if (!form()) return;
  const text = field().value;
  if (draft.set(conversation.number(), form().dataset.mode, text)) say(text ? t("draftSaved") : "");
}

function entryOf(id) {
  return document.querySelector(`#entries [data-client-id="${CSS.escape(id)}"]`);
}

function deliveryLine(entry, state, words, message = null) {
  entry.querySelector(".delivery")?.remove();
  if (!words) return;
  const line = Object.assign(document.createElement("p"), { className: "delivery", textContent: words });
  line.dataset.state = state;
  if (message) {
    const retry = Object.assign(document.createElement("button"), { type: "button", textContent: t("retry") });
    retry.addEventListener("click", () => send(conversation.number(), message));
    line.append(" ", retry);
  }
  entry.querySelector(".bubble").append(line);
  line.scrollIntoView({ block: "nearest" });
}

function failed(number, message, words = t("notSent")) {
  clearTimeout(waiting.get(message.id));
  waiting.delete(message.id);
  const entry = number === conversation.number() && entryOf(message.id);
  if (entry) deliveryLine(entry, "failed", words, message);
}

function acknowledged(frame) {
  const id = frame.id;
  clearTimeout(waiting.get(id));
  waiting.delete(id);
  outbox.remove(String(frame.ticket), id);
  const entry = entryOf(id);
  if (!entry) return;
  deliveryLine(entry, "sent", "");
  if (frame.seq && !document.getElementById(`entry-${frame.seq}`)) {
    entry.dataset.seq = String(frame.seq);
    entry.id = `entry-${frame.seq}`;
  }
  conversation.refresh();
}

async function post(number, message, files) {
  const data = new FormData();
  data.set("body", message.text);
  data.set("message_id", message.id);
  data.set("then", message.then);
  data.set("after", conversation.element()?.dataset.seq || "0");
  for (const file of files) data.append("files", file);
  const url = message.mode === "note" ? form().dataset.noteUrl : form().dataset.replyUrl;
  try {
    const answer = await ask(url, data);
    outbox.remove(number, message.id);
    carried.delete(message.id);
    const entry = entryOf(message.id);
    conversation.apply(answer);
    // Servers that do not echo the id: the stored entry stands beside the rough one, which goes.
    if (entry?.isConnected && entry.dataset.rough) entry.remove();
    conversation.toEnd();
  } catch (error) {
    failed(number, message, error.status ? `${t("notSent")} ${error.message}` : t("notSent"));
  }
}

function send(number, message) {
  const files = carried.get(message.id) || [];
  const entry = entryOf(message.id);
  if (entry) deliveryLine(entry, "pending", t("sending"));
  const live = conversation.element().dataset.live === "1" && message.mode === "reply" && !message.then && !files.length;
  if (live && socket.send({ type: "send", ticket: Number(number), id: message.id, text: message.text })) {
    waiting.set(message.id, setTimeout(() => failed(number, message), ACK_MS));
  } else {
    post(number, message, files);
  }
}

function show(message) {
  const name = document.body.dataset.userName || t("you");
  const entry = conversation.roughEntry({ clientId: message.id, kind: message.mode === "note" ? "note" : "message", name, initials: document.body.dataset.userInitials, text: message.text });
  document.getElementById("entries").append(entry);
  conversation.toEnd();
}

function submit(event) {
  event.preventDefault();
  const input = document.getElementById("composer-input");
  const files = [...input.files];
  const message = { id: uuid(), mode: form().dataset.mode, text: field().value.trim(), then: event.submitter?.value || "" };
  if (!message.text && !files.length) { field().focus(); return; }
  const number = conversation.number();
  outbox.add(number, message);
  if (files.length) carried.set(message.id, files);
  show(message);
  field().value = "";
  input.value = "";
  listFiles();
  clearTimeout(draftTimer);
  draft.set(number, message.mode, "");
  say("");
  event.submitter?.closest("details")?.removeAttribute("open");
  send(number, message);
  field().focus();
}

function listFiles() {
  const list = document.getElementById("composer-files");
  const files = [...document.getElementById("composer-input").files];
  list.hidden = !files.length;
  list.replaceChildren(...files.map((file) => {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("span"), { textContent: file.name, dir: "auto" }));
    return item;
  }));
}

function typed() {
  clearTimeout(draftTimer);
  draftTimer = setTimeout(saveDraft, DRAFT_MS);
  const open = conversation.element();
  if (open.dataset.live === "1" && form().dataset.mode === "reply" && Date.now() - lastTyping > TYPING_EVERY_MS) {
    lastTyping = Date.now();
    socket.send({ type: "typing", ticket: Number(open.dataset.number) });
  }
}

function keys(event) {
  if (event.key !== "Enter" || event.isComposing) return;
  const live = conversation.element().dataset.live === "1" && form().dataset.mode === "reply";
  // Ctrl-Enter sends everywhere; in a live chat Enter does too, as in every messenger.
  if (event.ctrlKey || event.metaKey || (live && !event.shiftKey)) {
    event.preventDefault();
    form().requestSubmit(form().querySelector("[data-send]"));
  }
}

function opened() {
  const number = conversation.number();
  if (!form()) return;
  const text = draft.get(number, form().dataset.mode);
  if (text && !field().value) { field().value = text; say(t("draftRestored")); }
  for (const message of outbox.all(number)) {
    if (waiting.has(message.id)) continue;
    if (!entryOf(message.id)) show(message);
    failed(number, message);
  }
}

function onError(frame) {
  if (!frame.id || !waiting.has(frame.id)) return;
  const number = conversation.number();
  const message = outbox.all(number).find((m) => m.id === frame.id);
  const words = { flood: t("flood"), rate_limited: t("flood"), too_long: t("tooLong") }[frame.code] || t("notSent");
  if (message) failed(number, message, words);
}

export function start() {
  socket.on("ack", acknowledged);
  socket.on("error", onError);
  document.addEventListener("submit", (event) => { if (event.target.id === "composer") submit(event); });
  document.addEventListener("input", (event) => { if (event.target.id === "composer-body") typed(); });
  document.addEventListener("keydown", (event) => { if (event.target.id === "composer-body") keys(event); });
  document.addEventListener("change", (event) => { if (event.target.id === "composer-input") listFiles(); });
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-mode-set]");
    if (tab) setMode(tab.dataset.modeSet);
  });
  document.addEventListener("hd:opened", opened);
  window.addEventListener("pagehide", saveDraft);
  opened();
}
