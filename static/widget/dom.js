/** Making elements. Text becomes text nodes only: no string is ever read as markup. */

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  back: ["M15 5l-7 7 7 7"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  chat: ["M4 5.5h16v11H11l-4.5 4v-4H4z", "M8.5 9.5h7", "M8.5 12.7h4"],
  mail: ["M3.5 6h17v12.5h-17z", "M4 6.8l8 6.2 8-6.2"],
  search: ["M11 4.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z", "M15.8 15.8L20 20"],
  send: ["M12 19V5.5", "M6 11.5l6-6 6 6"],
  article: ["M6 3.5h9l3.5 3.5v13.5H6z", "M9 11h6.5", "M9 15h6.5"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  alert: ["M12 7.5v6", "M12 16.8v.2", "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z"],
  down: ["M12 5v13", "M6 12.5l6 6 6-6"],
  next: ["M9 5l7 7-7 7"],
  end: ["M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z", "M9 9l6 6", "M15 9l-6 6"],
};

export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", className);
  for (const d of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** h("button", {type: "button", onclick: f}, "Send"): false, null and undefined attributes are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Only web addresses come out; anything else gives null. Relative ones count from this site. */
export function safeUrl(value) {
  try {
    const url = new URL(String(value), location.origin);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

export function outLink(href, ...children) {
  return h("a", { href, target: "_blank", rel: "noopener nofollow" }, ...children);
}

/** Text with its web addresses made into links; the closing punctuation of a sentence stays outside. */
export function linkify(text) {
  const fragment = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"'“”«»]+/gi)) {
    let found = match[0].replace(/[.,;:!?…]+$/u, "");
    if (found.endsWith(")") && !found.includes("(")) found = found.slice(0, -1);
    const href = safeUrl(found);
    if (!href) continue;
    fragment.append(text.slice(from, match.index), outLink(href, found));
    from = match.index + found.length;
  }
  fragment.append(text.slice(from));
  return fragment;
}

function initials(name) {
  const parts = name.trim().split(/\s+/u).filter(Boolean);
  const letters = parts.length > 1 ? [parts[0], parts[parts.length - 1]] : parts;
  return letters.map((part) => [...part][0].toLocaleUpperCase()).join("");
}

/** A face: the photo, or the initials when there is none or it does not load. Said by the text beside it. */
export function avatar(name, photo) {
  const face = h("span", { class: "avatar", "aria-hidden": "true" }, initials(name || "") || icon("chat"));
  const src = photo ? safeUrl(photo) : null;
  if (src) {
    const image = h("img", { src, alt: "", width: 36, height: 36, referrerpolicy: "no-referrer" });
    image.addEventListener("load", () => face.replaceChildren(image));
  }
  return face;
}
