import js from "@eslint/js";
import globals from "globals";

const strict = {
  "curly": ["error", "multi-line"],
  "eqeqeq": "error",
  "max-lines": ["error", 400],
  "max-lines-per-function": ["error", 60],
  "no-alert": "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-var": "error",
  "prefer-const": "error",
  // Text from outside reaches the page as text; markup comes rendered and sanitised from the server only.
  "no-restricted-properties": [
    "error",
    { property: "innerHTML", message: "Use textContent, or a fragment rendered by the server through parts.js." },
    { property: "outerHTML", message: "Use textContent, or a fragment rendered by the server through parts.js." },
  ],
};

export default [
  { ignores: ["static/vendor/", "node_modules/", "var/"] },
  js.configs.recommended,
  { files: ["static/**/*.js"], languageOptions: { globals: { ...globals.browser, htmx: "readonly", Chart: "readonly" } }, rules: strict },
  // Blocking or embedded scripts that run before, or without, modules.
  { files: ["static/shared/theme.js", "static/widget/loader.js"], languageOptions: { sourceType: "script" } },
  { files: ["static/build.mjs", "eslint.config.js"], languageOptions: { globals: globals.node }, rules: strict },
];
