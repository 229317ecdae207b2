// What every part of the script shares: the room's root, its state, its texts.

export const root = document.getElementById("room");

export const state = {
  epoch: root?.dataset.epoch ?? "",
  seq: Number(root?.dataset.seq ?? 0),
  version: Number(root?.dataset.version ?? 0),
  link: "", // not known yet
  // Server's clock minus ours, in ms.
  offset: Number(root?.dataset.now || Date.now()) - Date.now(),
};

const texts = JSON.parse(document.getElementById("texts")?.textContent || "{}");
const plural = new Intl.PluralRules(document.documentElement.lang || "de");

/** The translated text `key`; `n` chooses between `key_one` and `key_other`. */
export function say(key, facts = {}) {
  const form = "n" in facts ? `${key}_${plural.select(facts.n)}` : key;
  const text = texts[form] ?? texts[`${key}_other`] ?? texts[key] ?? "";
  return text.replace(/\{(\w+)\}/g, (all, name) => facts[name] ?? all);
}

/**
 * An element of our own; a live update leaves it where it is. Among server-made
 * elements it is called `live-text`, so that none of them is mistaken for it.
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries({ "data-made": "", ...attributes })) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Change what an element says. Its text stays the same node: other than a new one it
 * does not make the browser judge the whole page's styles anew. */
export function write(element, text) {
  if (element.textContent === text) return;
  const [node, ...more] = element.childNodes;
  if (node?.nodeType === Node.TEXT_NODE && !more.length) node.data = text;
  else element.textContent = text;
}

export function button(label, className, press) {
  const element = make("button", { type: "button", class: `kern-btn ${className}` }, label);
  element.addEventListener("click", press);
  return element;
}

/** localStorage, or null where it is switched off or full. */
export const store = {
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Without storage nothing is remembered; everything else works.
    }
  },
};
