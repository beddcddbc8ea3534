// Short notes at the corner; the region is aria-live, so they are spoken once.
import { t } from "./strings.js";

const STAY_MS = 7000;
const DONE_MS = 2500; // success only confirms what one sees

/** Shows words; kind is info|success|warning|error; action is {label, run}. An error stays until dismissed. */
export function toast(words, { kind = "info", action = null } = {}) {
  const region = document.getElementById("toasts");
  if (!region) return;
  const note = document.createElement("div");
  note.className = `toast-note toast-${kind}`;
  const text = document.createElement("span");
  text.textContent = words;
  note.append(text);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = action ? action.label : t("dismiss");
  button.addEventListener("click", () => {
    note.remove();
    action?.run();
  });
  note.append(button);
  region.append(note);
  if (kind !== "error") setTimeout(() => note.remove(), kind === "success" ? DONE_MS : STAY_MS);
}
