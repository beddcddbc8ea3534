// Own availability, in the avatar menu. The tab that acted is put right by the same frame as every other.
import * as socket from "./socket.js";

function show(value) {
  document.getElementById("own-presence")?.setAttribute("data-presence", value);
  for (const button of document.querySelectorAll("[data-status-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.statusSet === value));
  }
}

export function start() {
  for (const button of document.querySelectorAll("[data-status-set]")) {
    button.addEventListener("click", () => {
      socket.send({ type: "status", value: button.dataset.statusSet });
      show(button.dataset.statusSet);
    });
  }
  socket.on("presence", (frame) => {
    if (String(frame.agent?.id ?? frame.agent) === document.body.dataset.user) show(frame.value ?? frame.status);
  });
}
