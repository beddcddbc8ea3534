// Chats at the foot: who waits, whom I talk to. Frames say that something changed; the server renders what is.
import { ask, coalesce, replace } from "./parts.js";
import * as socket from "./socket.js";
import { t } from "./strings.js";
import { tick } from "./time.js";
import { toast } from "./toast.js";

const REFRESH_MS = 150;
const accepting = new Map(); // chat id → conversation URL

function count() {
  const badge = document.getElementById("rail-chats");
  const waiting = document.querySelectorAll("#tray .offer").length;
  if (!badge) return;
  badge.textContent = waiting || "";
  badge.hidden = !waiting;
}

const refresh = coalesce(async () => {
  const tray = document.getElementById("tray");
  if (!tray) return;
  const answer = await ask(tray.dataset.trayUrl).catch(() => null);
  const fresh = answer?.getElementById("tray");
  if (!fresh) return;
  const focused = document.activeElement?.dataset?.accept;
  const before = new Set([...tray.querySelectorAll(".offer")].map((offer) => offer.dataset.chat));
  for (const offer of fresh.querySelectorAll(".offer")) offer.classList.toggle("is-fresh", !before.has(offer.dataset.chat));
  replace(tray, fresh);
  if (focused) document.querySelector(`[data-accept="${CSS.escape(focused)}"]`)?.focus();
  for (const button of document.querySelectorAll("[data-countdown]")) countdown(button);
  count();
  tick();
}, REFRESH_MS);

function countdown(button) {
  const end = Date.now() + Number(button.dataset.countdown) * 1000;
  const label = button.querySelector(".offer-left");
  const step = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    if (!button.isConnected) return;
    label.textContent = left > 0 ? String(left) : "";
    if (left > 0) setTimeout(step, 250);
    else refresh();
  };
  step();
}

export function accept(button) {
  const offer = button.closest(".offer");
  accepting.set(button.dataset.accept, offer.dataset.url);
  button.disabled = true;
  if (socket.send({ type: "accept", chat: asId(button.dataset.accept) })) return;
  button.disabled = false;
  accepting.delete(button.dataset.accept);
  toast(t("offline"), { kind: "warning" });
}

// Ids are numbers or uuids; a frame carries them as the server does.
function asId(text) {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function isMe(agent) {
  const id = agent?.id ?? (typeof agent === "object" ? undefined : agent);
  return id === undefined ? agent?.name === document.body.dataset.userName : String(id) === document.body.dataset.user;
}

function accepted(frame) {
  const url = accepting.get(String(frame.chat));
  accepting.delete(String(frame.chat));
  refresh();
  if (!url || !isMe(frame.agent)) return;
  if (!document.getElementById("panes")) { location.assign(url); return; }
  window.htmx.ajax("GET", url, { target: "#panes", swap: "innerHTML" }).then(() => {
    history.pushState({}, "", url);
    document.getElementById("composer-body")?.focus();
  });
}

function refused(frame) {
  if (frame.chat === undefined) return;
  accepting.delete(String(frame.chat));
  toast(frame.code === "chat_taken" ? t("taken") : t("gone"), { kind: "warning" });
  refresh();
}

function announce() {
  refresh();
  if (document.hidden) document.title = `● ${t("chatWaiting")}`;
}

export function start() {
  const title = document.title;
  document.addEventListener("visibilitychange", () => { if (!document.hidden) document.title = title; });
  socket.on("chat_waiting", announce);
  socket.on("chat_accepted", accepted);
  socket.on("error", refused);
  socket.on("chat_ended", refresh);
  socket.on("message", refresh);
  socket.on("resume", refresh);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-accept]");
    if (button) accept(button);
  });
  for (const button of document.querySelectorAll("[data-countdown]")) countdown(button);
  count();
}
