// Words for the modules, from the JSON that _strings.html renders in the reader's language.
let words = null;

/** The words under `key`, with {x} filled from values. An unknown key shows itself, so that it is noticed. */
export function t(key, values = {}) {
  words ??= JSON.parse(document.getElementById("js-strings")?.textContent || "{}");
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const language = document.documentElement.lang || "en";
