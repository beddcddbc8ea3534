// Words not sent yet: drafts per ticket and tab, and an outbox that keeps a message until the server has it.

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage forbidden
  }
}

function write(key, value) {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
    return true;
  } catch {
    return false; // forbidden or full: the words still stand in the field
  }
}

export const draft = {
  get: (number, mode) => read(`hd-draft:${number}:${mode}`) || "",
  set: (number, mode, text) => write(`hd-draft:${number}:${mode}`, text),
};

/** Messages on their way: [{id, mode, text, then}] per ticket; never dropped but by remove(). */
export const outbox = {
  all(number) {
    try {
      return JSON.parse(read(`hd-outbox:${number}`) || "[]");
    } catch {
      return [];
    }
  },
  add(number, message) {
    write(`hd-outbox:${number}`, JSON.stringify([...outbox.all(number).filter((m) => m.id !== message.id), message]));
  },
  remove(number, id) {
    const rest = outbox.all(number).filter((m) => m.id !== id);
    write(`hd-outbox:${number}`, rest.length ? JSON.stringify(rest) : "");
  },
};
