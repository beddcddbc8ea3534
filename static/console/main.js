// Starts what every console page shares, then what this page has.
import * as composer from "./composer.js";
import * as conversation from "./conversation.js";
import * as inbox from "./inbox.js";
import * as keyboard from "./keyboard.js";
import * as menu from "./menu.js";
import * as socket from "./socket.js";
import * as status from "./status.js";
import * as theme from "./theme.js";
import * as time from "./time.js";
import { t } from "./strings.js";
import { toast } from "./toast.js";
import * as tray from "./tray.js";

function fragments() {
  // A refusal comes with its place (HX-Retarget) and is shown there; without one it is a toast.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.body.addEventListener("htmx:responseError", () => toast(t("failed"), { kind: "error" }));
  document.body.addEventListener("htmx:sendError", () => toast(t("offline"), { kind: "warning" }));
}

// A fragment's place may not be on this page (a chat head outside the inbox): then the link is a link.
function withoutPlace() {
  document.body.addEventListener("htmx:targetError", (event) => {
    const link = event.target.closest("a[href]");
    if (link) location.assign(link.href);
  });
}

function bell(count) {
  const badge = document.getElementById("bell-count");
  if (!badge) return;
  badge.dataset.count = String(count);
  badge.textContent = count > 99 ? "99+" : String(count);
  badge.hidden = !count;
}

function notices() {
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig?.verb === "post" && event.detail.target.id === "told") bell(0);
  });
  socket.on("notification", (frame) => {
    bell(Number(document.getElementById("bell-count")?.dataset.count || 0) + 1);
    const open = () => location.assign(`/console/tickets/${Number(frame.ticket)}/`);
    toast(frame.text, { action: { label: t("openIt"), run: open } });
  });
}

for (const part of [theme, menu, time, status, keyboard, inbox, conversation, composer, tray]) part.start();
fragments();
withoutPlace();
notices();
socket.start();
