// Fetches the wall again soon after something happened, once for a burst of events, and every 10 s in any case.
import { on } from "../console/socket.js";

const EVENTS = ["chat_waiting", "chat_accepted", "chat_ended", "ticket_changed", "message", "presence", "resume"];
const AFTER_MS = 400; // a burst becomes one fetch
const AT_MOST_EVERY_MS = 1000; // under load the wall still follows within 2 s
const POLL_MS = 10000;

const wall = document.getElementById("wall");
let timer = 0;
let last = 0;

function fetchWall() {
  timer = 0;
  last = Date.now();
  if (document.visibilityState === "visible") wall.dispatchEvent(new CustomEvent("hd:wall"));
}

function soon() {
  if (timer) return;
  timer = setTimeout(fetchWall, Math.max(AFTER_MS, last + AT_MOST_EVERY_MS - Date.now()));
}

for (const type of EVENTS) on(type, soon);
document.addEventListener("visibilitychange", soon);
setInterval(soon, POLL_MS);
