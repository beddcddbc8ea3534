/** The small cards at the foot of a conversation: where to answer, and what now that it has ended. */
import { h, icon } from "./dom.js";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Asks for name and email, both of them once. `onsave(name, email)`, `onskip()`. */
export function whoCard({ t, chat, draft, onsave, onskip }) {
  const input = (name, type, auto) => {
    const box = h("input", { id: `who-${name}`, name, type, autocomplete: auto, maxlength: 200, dir: type === "email" ? "ltr" : "auto" });
    box.value = chat.contact[name] || draft.get(name);
    box.addEventListener("input", () => draft.set(name, box.value));
    return box;
  };
  const name = input("name", "text", "name");
  const email = input("email", "email", "email");
  const wrong = h("p", { class: "wrong", id: "who-wrong", role: "alert" });
  email.setAttribute("aria-describedby", "who-wrong");
  const form = h("form", { class: "card who-card", novalidate: true, "aria-labelledby": "who-title" },
    h("p", { class: "card-title", id: "who-title" }, t("whoTitle")),
    h("div", { class: "pair" },
      h("div", { class: "field" }, h("label", { for: "who-email" }, t("email")), email),
      h("div", { class: "field" }, h("label", { for: "who-name" }, t("name"), h("span", { class: "optional" }, ` (${t("optional")})`)), name)),
    wrong,
    h("div", { class: "buttons" },
      h("button", { type: "submit", class: "button" }, t("whoSave")),
      h("button", { type: "button", class: "button quiet", onclick: onskip }, t("whoSkip"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const address = email.value.trim();
    const fine = EMAIL.test(address);
    email.setAttribute("aria-invalid", String(!fine));
    wrong.replaceChildren(...(fine ? [] : [icon("alert"), t("needEmail")]));
    if (fine) onsave(name.value.trim(), address);
    else email.focus();
  });
  return form;
}

/** After the end: on by email, or another chat. */
export function endedCard({ t, chat, onmail, onnew }) {
  const { email } = chat.contact;
  const { ticket } = chat.thread;
  return h("section", { class: "card" },
    email ? h("p", { class: "card-title" }, t("byEmailKnown", { email })) : h("p", { class: "card-title" }, t("ended")),
    ticket && h("p", { class: "hint" }, t("ticket", { ticket: `#${ticket}` })),
    h("div", { class: "buttons" },
      !email && h("button", { type: "button", class: "button", onclick: onmail }, t("byEmail")),
      h("button", { type: "button", class: email ? "button" : "button quiet", onclick: onnew }, t("newChat"))));
}

/** "End this chat?": asked once, in place. */
export function endAsk({ t, onyes, onno }) {
  return h("section", { class: "card ask", role: "alertdialog", "aria-labelledby": "end-ask" },
    h("p", { class: "card-title", id: "end-ask" }, t("endAsk")),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "button", onclick: onyes }, t("endYes")),
      h("button", { type: "button", class: "button quiet", onclick: onno }, t("endNo"))));
}
