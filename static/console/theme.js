// The light / dark / auto choice in the avatar menu. shared/theme.js applies it.
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
      show();
    });
  }
  show();
}
