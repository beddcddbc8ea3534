// Blocking and tiny: sets the theme before the first paint. The choice is the person's own
// (localStorage, else the server's data-theme-choice): "auto" follows the system, also while the page is open.
(function () {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function choice() {
    try {
      return localStorage.getItem("hd-theme") || root.dataset.themeChoice || "auto";
    } catch {
      return root.dataset.themeChoice || "auto"; // storage may be forbidden
    }
  }

  function apply() {
    const chosen = choice();
    const theme = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
    root.setAttribute("data-bs-theme", theme);
    root.setAttribute("data-theme-choice", chosen);
  }

  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", apply); // another tab chose
  window.addEventListener("hd:theme", apply);
})();
