// @ts-check
// The texts a page brought for its scripts, in the reader's language.

/** @type {Record<string, string>} */
let table = {};

/** Reads the block of texts again; needed only after the whole document changed. */
export function readTexts() {
  const block = document.getElementById("texts");
  table = block ? JSON.parse(block.textContent || "{}") : {};
}

readTexts();

/**
 * The text of a key, with values put in for `{name}`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = table[key] ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, name) =>
    name in values ? String(values[name]) : whole,
  );
}

/**
 * Has a screen reader say something once.
 * @param {string} sentence
 */
export function announce(sentence) {
  const place = document.getElementById("announce");
  if (place) place.textContent = sentence;
}
