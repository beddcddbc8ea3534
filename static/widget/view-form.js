/** A message to be answered by email. What is typed lives in the shared draft until it has arrived. */
import { h, icon } from "./dom.js";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

function field(t, draft, { name, label, type = "text", required = false, auto, rows, max }) {
  const id = `form-${name}`;
  const input = h(rows ? "textarea" : "input", {
    id, name, rows, type: rows ? null : type, autocomplete: auto ?? "off", maxlength: max,
    required, "aria-describedby": `${id}-wrong`, dir: type === "email" ? "ltr" : "auto",
  });
  input.value = name === "text" ? draft.words() : draft.get(name);
  const wrong = h("p", { class: "wrong", id: `${id}-wrong` });
  input.addEventListener("input", () => {
    draft.set(name, input.value);
    show("");
  });

  function show(message) {
    input.setAttribute("aria-invalid", String(Boolean(message)));
    wrong.replaceChildren(...(message ? [icon("alert"), message] : []));
  }

  const note = required ? null : h("span", { class: "optional" }, ` (${t("optional")})`);
  return { name, input, show, el: h("div", { class: "field" }, h("label", { for: id }, label, note), input, wrong) };
}

function problemWords(t, status) {
  if (status === 0) return t("formOffline");
  if (status === 429) return t("formBusy");
  return t(status >= 400 && status < 500 ? "formCheck" : "formFailed");
}

/** Field faults of a problem document: {"errors": {"email": ["…"]}}, its values being texts or lists. */
function serverFaults(data) {
  const faults = data?.errors ?? data?.fields ?? {};
  return Object.entries(faults).map(([name, text]) => [name, [text].flat().join(" ")]);
}

function doneView(context, ticket, email) {
  const { t, go } = context;
  const title = h("h2", { tabindex: "-1" }, t("doneTitle"));
  const el = h("div", { class: "view" },
    h("div", { class: "bar" }, context.header({ back: () => go("home"), title: t("formTitle") })),
    h("main", { class: "body done" }, h("span", { class: "tick" }, icon("check")), title,
      h("p", {}, t("doneText", { ticket: `#${ticket}`, email })),
      h("button", { type: "button", class: "button", onclick: () => go("home") }, t("doneBack"))));
  return { el, update() {}, focus: () => title.focus() };
}

export function formView(context) {
  const { t, draft, chat, api, go, replace } = context;
  const contact = chat.contact;
  for (const name of ["name", "email"]) if (!draft.get(name) && contact[name]) draft.set(name, contact[name]);
  const fields = [
    field(t, draft, { name: "name", label: t("name"), auto: "name", max: 200 }),
    field(t, draft, { name: "email", label: t("email"), type: "email", required: true, auto: "email", max: 254 }),
    field(t, draft, { name: "subject", label: t("subject"), max: 200 }),
    field(t, draft, { name: "text", label: t("text"), required: true, rows: 5, max: 10000 }),
  ];
  const by = Object.fromEntries(fields.map((each) => [each.name, each]));
  const trouble = h("div", { class: "trouble", role: "alert" });
  const button = h("button", { type: "submit", class: "button wide" }, t("formSend"));
  const form = h("form", { novalidate: true }, h("p", { class: "hint" }, t("formLead")), fields.map((each) => each.el), h("div", { class: "actions" }, trouble, button));
  let once = crypto.randomUUID();

  function check() {
    by.email.show(EMAIL.test(by.email.input.value.trim()) ? "" : t("needEmail"));
    by.text.show(by.text.input.value.trim() ? "" : t("needText"));
    const first = fields.find((each) => each.input.getAttribute("aria-invalid") === "true");
    first?.input.focus();
    return !first;
  }

  function failed({ status, data }) {
    trouble.replaceChildren(icon("alert"), h("span", {}, problemWords(t, status)));
    for (const [name, text] of serverFaults(data)) by[name]?.show(text || t("badField"));
    fields.find((each) => each.input.getAttribute("aria-invalid") === "true")?.input.focus();
  }

  form.addEventListener("input", () => (once = crypto.randomUUID()));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    trouble.replaceChildren();
    if (!check()) return;
    const values = Object.fromEntries(fields.map((each) => [each.name, each.input.value.trim()]));
    button.disabled = true;
    button.textContent = t("sending");
    const answer = await api.request(values, once);
    button.disabled = false;
    button.textContent = t("formSend");
    if (!answer.ok) {
      failed(answer);
      return;
    }
    for (const name of ["text", "subject", "query", "carried"]) draft.set(name, "");
    replace(doneView(context, answer.data.ticket, values.email));
  });

  const el = h("div", { class: "view" },
    h("div", { class: "bar" }, context.header({ back: () => go("home"), title: t("formTitle") })),
    h("main", { class: "body" }, form));
  const focus = () => (fields.find((each) => !each.input.value)?.input ?? by.text.input).focus();
  return { el, update() {}, focus };
}
