// The light / dark / auto choice in the avatar menu. shared/theme.js applies it; the account remembers it.
import { ask } from "./parts.js";

function remember(theme) {
  const data = new FormData();
  data.set("theme", theme);
  ask("/console/preferences/", data).catch(() => {}); // this browser knows it in any case
}

export function start() {
  const buttons = document.querySelectorAll("[data-theme-set]");
  const show = () => {
    const chosen = document.documentElement.dataset.themeChoice || "auto";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.themeSet === chosen));
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      try {
        localStorage.setItem("hd-theme", button.dataset.themeSet);
      } catch { /* storage forbidden: the choice lasts for this page */ }
      document.documentElement.dataset.themeChoice = button.dataset.themeSet;
      window.dispatchEvent(new Event("hd:theme"));
      remember(button.dataset.themeSet);
      show();
    });
  }
  show();
}
