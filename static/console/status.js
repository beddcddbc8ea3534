// Own availability, in the avatar menu. The tab that acted is put right by the same frame as every other.
import { ask } from "./parts.js";
import * as socket from "./socket.js";

function tell(value) {
  if (socket.send({ type: "status", value })) return;
  const data = new FormData();
  data.set("status", value);
  ask("/console/status/", data).catch(() => {}); // offline: the socket says it when it is back
}

function show(value) {
  document.getElementById("own-presence")?.setAttribute("data-presence", value);
  for (const button of document.querySelectorAll("[data-status-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.statusSet === value));
  }
}

export function start() {
  for (const button of document.querySelectorAll("[data-status-set]")) {
    button.addEventListener("click", () => {
      tell(button.dataset.statusSet);
      show(button.dataset.statusSet);
    });
  }
  socket.on("presence", (frame) => {
    if (String(frame.agent?.id ?? frame.agent) === document.body.dataset.user) show(frame.value ?? frame.status);
  });
}
