// The console's WebSocket: JSON frames with a `type`. Frames are hints; pages ask the server for what they lack.
// Listeners: on("message", f), … one per frame type, and on("resume", f) after every reconnection.
import { t } from "./strings.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30000;
const GOODBYE = new Set([4401, 4403]); // the session or the right has ended: ask the server again by reloading

const listeners = new Map();
let socket = null;
let welcomed = false;
let everWelcomed = false;
let attempts = 0;
let timer = 0;
let wanted = null; // a status chosen while offline
let notice = null;

export function on(type, listener) {
  if (!listeners.has(type)) listeners.set(type, []);
  listeners.get(type).push(listener);
}

function tell(type, frame) {
  for (const listener of listeners.get(type) || []) listener(frame);
}

export function isOpen() {
  return welcomed && socket?.readyState === WebSocket.OPEN;
}

/** True when the frame was handed to an open socket; it may still be lost, so whoever sends waits for the ack. */
export function send(frame) {
  if (!isOpen()) {
    if (frame.type === "status") wanted = frame;
    return false;
  }
  socket.send(JSON.stringify(frame));
  return true;
}

function line(words) {
  const element = document.getElementById("system-line");
  if (!element) return;
  notice ??= element.textContent.trim();
  element.textContent = words || notice;
  element.classList.toggle("is-on", Boolean(words || notice));
}

function receive(event) {
  let frame;
  try {
    frame = JSON.parse(event.data);
  } catch {
    return; // not ours
  }
  if (frame.type === "welcome") {
    welcomed = true;
    attempts = 0;
    line("");
    if (wanted) { send(wanted); wanted = null; }
    if (everWelcomed) tell("resume", frame);
    everWelcomed = true;
  }
  tell(frame.type, frame);
}

function closed(event) {
  welcomed = false;
  if (GOODBYE.has(event.code)) { location.reload(); return; }
  if (attempts > 0 || !navigator.onLine) line(t("offline")); // a first short gap says nothing
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts) * (0.5 + Math.random());
  attempts += 1;
  timer = setTimeout(connect, wait);
}

export function connect() {
  clearTimeout(timer);
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/console/`);
  socket.addEventListener("message", receive);
  socket.addEventListener("close", closed);
}

export function start() {
  connect();
  window.addEventListener("online", () => { attempts = 0; connect(); });
  window.addEventListener("offline", () => line(t("offline")));
}
