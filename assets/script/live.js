// @ts-check
// One stream of events a page: fills `data-live="name"` elements from the fields of each event,
// tells other scripts (`live` on the document), and says how old the page is when the line is
// lost. The stream is closed while the page is hidden: browsers allow few connections.

import { announce, t } from "./text.js";

/** The server sends a beat every 10 s; after this long without one the line counts as lost. */
const LOST_AFTER_MS = 25_000;

/** How often a lost line is tried again. */
const AGAIN_MS = 3_000;

const address = document.body.dataset.liveSource;
const names = (document.body.dataset.liveEvents || "live").split(" ").filter(Boolean);

/** @type {EventSource | null} */
let source = null;
let heardAt = Date.now();
let lost = false;
let triedAt = 0;

/** @param {unknown} data */
function fill(data) {
  if (typeof data !== "object" || data === null) return;
  const fields = /** @type {Record<string, unknown>} */ (data);
  for (const place of document.querySelectorAll("[data-live]")) {
    const value = fields[/** @type {HTMLElement} */ (place).dataset.live || ""];
    const shown = value === undefined || typeof value === "object" ? null : String(value);
    if (shown !== null && place.textContent !== shown) place.textContent = shown;
  }
}

function heard() {
  heardAt = Date.now();
  if (!lost) return;
  lost = false;
  announce(t("live.back"));
  tell();
}

/** Shows or hides the age of what is on the page. */
function tell() {
  const age = Math.round((Date.now() - heardAt) / 1000);
  for (const place of document.querySelectorAll("[data-live-age]")) {
    const line = /** @type {HTMLElement} */ (place);
    line.hidden = !lost;
    line.textContent = lost ? t("live.lost", { age }) : "";
  }
  document.body.classList.toggle("stale", lost);
}

function open() {
  if (source || !address || document.hidden) return;
  triedAt = Date.now();
  source = new EventSource(address);
  source.onopen = heard;
  source.addEventListener("beat", heard);
  for (const name of names) {
    source.addEventListener(name, (event) => {
      heard();
      const data = JSON.parse(event.data);
      fill(data);
      document.dispatchEvent(new CustomEvent("live", { detail: { name, data } }));
    });
  }
  source.onerror = () => {
    if (!lost) announce(t("live.lost", { age: Math.round((Date.now() - heardAt) / 1000) }));
    lost = true;
    tell();
  };
}

function close() {
  source?.close();
  source = null;
}

function watch() {
  if (document.hidden) return;
  if (Date.now() - heardAt > LOST_AFTER_MS) lost = true;
  // A browser gives up for good after some answers; begin again then, and on a dead line.
  const dead = source?.readyState === EventSource.CLOSED || Date.now() - heardAt > LOST_AFTER_MS;
  if (dead && Date.now() - triedAt > AGAIN_MS) {
    close();
    open();
  }
  if (lost) tell();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    close();
  } else {
    heardAt = Date.now();
    open();
  }
});

if (address) {
  open();
  setInterval(watch, 1_000);
}
