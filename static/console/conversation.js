// The open conversation: entries are merged by seq, nothing jumps while one reads, what is new is marked.
import { ask, coalesce, replaceParts } from "./parts.js";
import * as socket from "./socket.js";
import { t } from "./strings.js";
import { tick } from "./time.js";
import { toast } from "./toast.js";

const NEAR_PX = 80;
const UPDATE_WAIT_MS = 120;
const TYPING_MS = 5000;
let typingTimer = 0;

export function element() {
  return document.getElementById("conversation");
}

export function number() {
  return element()?.dataset.number || null;
}

function timeline() {
  return document.getElementById("timeline");
}

function atEnd() {
  const box = timeline();
  return !box || box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
}

export function toEnd() {
  const box = timeline();
  if (box) box.scrollTop = box.scrollHeight;
  const below = document.getElementById("new-below");
  if (below) below.hidden = true;
}

function markNew(first) {
  document.getElementById("new-below").hidden = false;
  if (document.getElementById("new-line")) return;
  const line = document.createElement("li");
  line.className = "new-line";
  line.id = "new-line";
  line.append(Object.assign(document.createElement("span"), { textContent: t("newLine") }));
  first.before(line);
}

// As the server shows times: in the account's zone, whatever zone the browser is in.
function clock(at) {
  const shape = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const zone = document.body.dataset.timeZone;
  try {
    return new Intl.DateTimeFormat(document.documentElement.lang, { ...shape, timeZone: zone || undefined }).format(at);
  } catch {
    return new Intl.DateTimeFormat(document.documentElement.lang, shape).format(at); // a zone this browser does not know
  }
}

/** A bubble from plain words: what I have just sent, or a frame until the server's own rendering replaces it. */
export function roughEntry({ seq = null, clientId = null, kind = "message", from = "agent", name = "", initials = "", text = "", at = new Date() }) {
  const entry = document.createElement("li");
  entry.className = `entry ${kind} by-${from === "visitor" ? "customer" : from} is-new`;
  entry.dataset.rough = "1";
  if (seq) { entry.dataset.seq = String(seq); entry.id = `entry-${seq}`; }
  if (clientId) entry.dataset.clientId = clientId;
  const face = Object.assign(document.createElement("span"), { className: "face", textContent: initials || name.slice(0, 1).toUpperCase() });
  face.setAttribute("aria-hidden", "true");
  const bubble = Object.assign(document.createElement("article"), { className: "bubble" });
  const head = Object.assign(document.createElement("header"), { className: "bubble-head" });
  const when = Object.assign(document.createElement("time"), { dateTime: at.toISOString() });
  when.textContent = clock(at);
  head.append(Object.assign(document.createElement("strong"), { textContent: name }), when);
  const words = Object.assign(document.createElement("div"), { className: "words", dir: "auto" });
  for (const [i, line] of text.split("\n").entries()) {
    if (i) words.append(document.createElement("br"));
    words.append(line);
  }
  bubble.append(head, words);
  entry.append(face, bubble);
  return entry;
}

function known(seq, clientId) {
  return (seq && document.getElementById(`entry-${seq}`))
    || (clientId && document.querySelector(`#entries [data-client-id="${CSS.escape(clientId)}"]`))
    || null;
}

// Where an entry belongs: after the last one with a smaller seq; what is not stored yet stays last.
function place(entry) {
  const list = document.getElementById("entries");
  const seq = Number(entry.dataset.seq || Infinity);
  const after = [...list.querySelectorAll(".entry")].find((other) => Number(other.dataset.seq || Infinity) > seq);
  if (after) after.before(entry);
  else list.append(entry);
}

/** Adds entries (elements); says which of them were not there before. */
export function merge(entries) {
  const added = [];
  for (const entry of entries) {
    const day = entry.dataset.day;
    if (day) {
      if (!document.querySelector(`#entries .day[data-day="${CSS.escape(day)}"]`)) {
        document.getElementById("entries").append(document.adoptNode(entry));
      }
      continue;
    }
    const old = known(entry.dataset.seq, entry.dataset.clientId);
    const node = document.adoptNode(entry);
    if (old) {
      old.replaceWith(node);
      if (old.dataset.seq !== node.dataset.seq) place(node);
    } else {
      node.classList.add("is-new");
      place(node);
      added.push(node);
    }
  }
  return added;
}

function reveal(added, wasAtEnd) {
  const others = added.filter((entry) => entry.matches(".message, .note") && !entry.dataset.clientId);
  if (wasAtEnd && !document.hidden) toEnd();
  else if (others.length) markNew(others[0]);
}

// Handed to another team: what is shown is no longer this colleague's to see.
function left(answer) {
  const gone = answer?.querySelector("[data-gone]");
  if (!gone || gone.dataset.gone !== number()) return false;
  document.getElementById("panes").replaceChildren(document.adoptNode(gone));
  document.getElementById(`row-${gone.dataset.gone}`)?.remove();
  return true;
}

/** Takes an _update.html answer: head, context and new entries; or _gone.html. */
export function apply(answer) {
  if (left(answer)) return;
  const update = answer?.querySelector("[data-update]");
  if (!update || update.dataset.number !== number()) return;
  const wasAtEnd = atEnd();
  element().dataset.seq = String(Math.max(Number(element().dataset.seq), Number(update.dataset.seq)));
  element().dataset.live = update.dataset.live;
  const added = merge([...update.querySelector("[data-entries]").children]);
  replaceParts(update);
  window.htmx?.process(document.getElementById("entries"));
  reveal(added, wasAtEnd);
  tick();
}

export const refresh = coalesce(async () => {
  const open = element();
  if (!open) return;
  try {
    apply(await ask(`${open.dataset.updateUrl}?after=${open.dataset.seq}`));
  } catch (error) {
    if (error.status === 404 || error.status === 403) toast(t("notYours"), { kind: "warning" });
  }
}, UPDATE_WAIT_MS);

function onMessage(frame) {
  if (String(frame.ticket) !== number()) return;
  const wasAtEnd = atEnd();
  clearTyping();
  if (!known(frame.seq, frame.id)) {
    const entry = roughEntry({ seq: frame.seq, clientId: frame.id, from: frame.from, name: frame.name || "", text: frame.text || "", at: new Date(frame.at) });
    if (frame.from !== "agent") delete entry.dataset.clientId;
    place(entry);
    reveal([entry], wasAtEnd);
  }
  refresh(); // the server's rendering (links, files, delivery) takes its place
}

function clearTyping() {
  const place_ = document.getElementById("typing");
  if (place_) place_.textContent = "";
}

function onTyping(frame) {
  if (String(frame.ticket) !== number() || frame.name === document.body.dataset.userName) return;
  document.getElementById("typing").textContent = t("typing", { name: frame.name || document.querySelector(".who h3")?.textContent.trim() || "" });
  clearTimeout(typingTimer);
  typingTimer = setTimeout(clearTyping, TYPING_MS);
}

async function submitVerb(form) {
  const data = new FormData(form);
  data.set("after", element().dataset.seq);
  const button = form.querySelector(".sheet-foot .hd-btn-primary");
  const complaint = form.querySelector("[data-error]");
  button.disabled = true;
  complaint.hidden = true;
  try {
    const answer = await ask(form.action, data);
    form.closest("dialog").close();
    apply(answer);
    toast(t("done"), { kind: "success" });
  } catch (error) {
    complaint.textContent = error.message; // the words stay in the form
    complaint.hidden = false;
  } finally {
    button.disabled = false;
  }
}

function toggleContext() {
  const panes = document.getElementById("panes");
  const narrow = matchMedia("(max-width: 1279.98px)").matches;
  panes.classList.toggle(narrow ? "show-context" : "no-context");
  if (!narrow) {
    try {
      localStorage.setItem("hd-context", panes.classList.contains("no-context") ? "hidden" : "shown");
    } catch { /* storage forbidden: not remembered */ }
  }
  showToggle();
  if (narrow) document.querySelector(panes.classList.contains("show-context") ? ".context-close" : ".context-toggle")?.focus();
}

function showToggle() {
  const panes = document.getElementById("panes");
  const narrow = matchMedia("(max-width: 1279.98px)").matches;
  const shown = narrow ? panes.classList.contains("show-context") : !panes.classList.contains("no-context");
  document.querySelector(".context-toggle")?.setAttribute("aria-expanded", String(shown));
}

// Older entries come in above: what one reads stays where it is, and no day is named twice.
function keepPlace() {
  let height = 0;
  const isOlder = (event) => event.target.matches?.(".earlier") || event.detail.target?.matches?.(".earlier");
  document.body.addEventListener("htmx:beforeSwap", (event) => { if (isOlder(event)) height = timeline().scrollHeight; });
  document.body.addEventListener("htmx:afterSwap", () => {
    if (!height) return;
    const days = new Set();
    for (const day of document.querySelectorAll("#entries .day")) {
      if (days.has(day.dataset.day)) day.remove();
      days.add(day.dataset.day);
    }
    timeline().scrollTop += timeline().scrollHeight - height;
    height = 0;
  });
}

function opened() {
  if (!element()) return;
  document.getElementById("panes").classList.remove("show-context");
  showToggle();
  const line = document.getElementById("new-line");
  if (line) line.scrollIntoView({ block: "center" });
  else toEnd();
  timeline().addEventListener("scroll", () => {
    if (atEnd()) document.getElementById("new-below").hidden = true;
  }, { passive: true });
  document.dispatchEvent(new CustomEvent("hd:opened"));
}

function remembered() {
  try {
    return localStorage.getItem("hd-context");
  } catch {
    return null;
  }
}

export function start() {
  const panes = document.getElementById("panes");
  if (!panes) return;
  panes.classList.toggle("no-context", remembered() === "hidden");
  keepPlace();
  socket.on("message", onMessage);
  socket.on("typing", onTyping);
  socket.on("ticket_changed", (frame) => { if (String(frame.ticket) === number()) refresh(); });
  socket.on("chat_ended", (frame) => { if (String(frame.ticket) === number()) refresh(); });
  socket.on("resume", refresh);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-verb-form]")) return;
    event.preventDefault();
    submitVerb(event.target);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-context-toggle]")) toggleContext();
    if (event.target.closest("#new-below")) toEnd();
    if (event.target.closest("[data-end-chat]") && !socket.send({ type: "end", ticket: Number(number()) })) {
      toast(t("offline"), { kind: "warning" });
    }
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id === "panes") opened();
  });
  opened();
}
