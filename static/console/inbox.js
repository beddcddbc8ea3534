// The list stays true while others work: rows and counts are fetched again when a ticket changes.
import { ask, coalesce, replace } from "./parts.js";
import * as socket from "./socket.js";
import { tick } from "./time.js";

const ROW_WAIT_MS = 200;
const VIEWS_WAIT_MS = 2000;
const updates = new Map();

function current() {
  return document.getElementById("conversation")?.dataset.number || null;
}

// The query of the list on the screen; the address bar may name a ticket alone.
function listQuery() {
  return new URL(document.getElementById("inbox").dataset.list, location.href).search;
}

export function markCurrent() {
  for (const link of document.querySelectorAll(".row-link")) {
    const mine = link.closest(".row-item").dataset.number === current();
    if (mine) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

// 204 says that the ticket does not belong to this view (any more).
async function refreshRow(number) {
  const rows = document.getElementById("ticket-rows");
  if (!rows) return;
  const answer = await ask(`/console/tickets/${number}/row/${listQuery()}`).catch(() => undefined);
  if (answer === undefined) return;
  const old = document.getElementById(`row-${number}`);
  const fresh = answer?.querySelector(".row-item");
  if (!fresh) {
    old?.remove();
  } else if (old) {
    replace(old, fresh);
  } else {
    rows.querySelector(".rows-empty")?.remove();
    fresh.classList.add("is-fresh");
    rows.prepend(document.adoptNode(fresh));
    window.htmx?.process(fresh);
  }
  markCurrent();
  tick();
}

const refreshViews = coalesce(async () => {
  const views = document.querySelector(".views");
  const fresh = views && (await ask(`/console/views/${listQuery()}`).catch(() => null))?.querySelector(".views");
  if (fresh) replace(views, fresh);
}, VIEWS_WAIT_MS);

function changed(number) {
  if (!updates.has(number)) updates.set(number, coalesce(() => refreshRow(number), ROW_WAIT_MS));
  updates.get(number)();
  refreshViews();
}

function panesSwapped() {
  document.getElementById("inbox").dataset.open = current() ? "1" : "0";
  markCurrent();
}

export function start() {
  const inbox = document.getElementById("inbox");
  if (!inbox) return;
  socket.on("ticket_changed", (frame) => changed(String(frame.ticket)));
  socket.on("resume", () => {
    for (const row of document.querySelectorAll(".row-item")) changed(row.dataset.number);
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "panes") panesSwapped();
  });
  document.addEventListener("click", (event) => {
    const back = event.target.closest("[data-back]");
    if (!back || !document.getElementById("ticket-rows")) return;
    event.preventDefault();
    inbox.dataset.open = "0";
    history.pushState({}, "", inbox.dataset.list);
    document.querySelector(".row-link[aria-current]")?.focus();
  });
  markCurrent();
  document.querySelector(".view[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }); // phones: a strip
}
