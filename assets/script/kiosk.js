// What every page of the station does: brings a result onto the screen without letting go of the
// camera, counts it out, goes back, and notices when the station has something new to say.
// Nothing is stored; the server's pages are the only truth about what is shown.
import { prepareVolume, resetVolume, sound } from "./sound.js";

const PULSE_MS = 4_000;
const LOST_AFTER = 2;

const body = document.body;
/** The start page's own parts, kept while a result stands in their place. */
const start = body.dataset.screen === "idle" ? parts(document) : undefined;
const startTitle = document.title;
let timer = 0;
let missed = 0;

/** @param {ParentNode} page */
function parts(page) {
  return ["header.top", "main", "nav.bar"].map((name) => page.querySelector(name));
}

/** Shows a whole page's text in place of what is there. Returns the name of the screen.
 * @param {string} text @returns {string | undefined} */
export function show(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const name = page.body.dataset.screen;
  if (!page.querySelector("main") || !name || name === "idle") return name;
  put(parts(page), page.title);
  const main = document.querySelector("main:not([hidden])");
  begin(main);
  main.querySelector("h1")?.focus();
  return name;
}

/** Fetches a page of this station and shows it. @param {string} path */
export async function open(path) {
  try {
    const answer = await fetch(path, { headers: { accept: "text/html" }, cache: "no-store" });
    if (show(await answer.text()) !== "idle") return;
  } catch {
    // The station is gone for the moment; the start page says so.
  }
  goHome();
}

/** @param {(Element | null)[]} fresh @param {string} title */
function put(fresh, title) {
  const now = parts(document).map((part, at) => (at === 1 ? shownMain() : part));
  fresh.forEach((part, at) => {
    const old = now[at];
    if (!old) {
      if (part) body.append(part);
      return;
    }
    if (start?.includes(old) && at === 1) {
      // The start page's picture lives on, unseen, so that the camera keeps running.
      old.hidden = true;
      old.removeAttribute("id");
      old.after(part);
    } else if (part) old.replaceWith(part);
    else old.remove();
  });
  document.title = title;
}

function shownMain() {
  return document.querySelector("main:not([hidden])");
}

/** Starts a screen: its tone, its clock. @param {HTMLElement} main */
function begin(main) {
  clearTimeout(timer);
  body.dataset.screen = main.dataset.screen;
  if (main.dataset.verdict) body.dataset.verdict = main.dataset.verdict;
  else delete body.dataset.verdict;
  sound(main.dataset.tone);
  prepareVolume(document);
  const seconds = Number(main.dataset.seconds);
  const next = main.dataset.next;
  if (seconds > 0 && next) {
    timer = setTimeout(() => (next === "/" ? goHome() : open(next)), seconds * 1_000);
  }
}

/** The start page, for the next person. */
export function goHome() {
  clearTimeout(timer);
  resetVolume();
  fetch("/result/done", { method: "POST", redirect: "manual", keepalive: true }).catch(() => {});
  if (!start || location.search !== "" || location.pathname !== "/") {
    location.replace("/");
    return;
  }
  const shown = shownMain();
  if (shown !== start[1]) shown.remove();
  start[1].hidden = false;
  start[1].id = "screen";
  const [top, , bar] = parts(document);
  top.replaceWith(start[0]);
  bar.replaceWith(start[2]);
  document.title = startTitle;
  begin(start[1]);
  dispatchEvent(new Event("kiosk-home"));
}

// Links and buttons of a result that stands over the start page keep the camera, too.
addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!link || !start || body.dataset.screen === "idle") return;
  event.preventDefault();
  const path = link.getAttribute("href");
  if (new URL(path, location.href).pathname === "/") goHome();
  else if (sameLook(path)) open(path);
  else location.assign(path);
});

addEventListener("submit", async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !start || body.dataset.screen === "idle") return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form));
  const button = event.submitter;
  if (button?.name) fields.set(button.name, button.value);
  const path = form.getAttribute("action");
  if (path.startsWith("/result/done")) return goHome();
  try {
    const answer = await fetch(path, { method: "POST", body: fields });
    if (show(await answer.text()) === "idle") goHome();
  } catch {
    goHome();
  }
});

/** @param {string} path */
function sameLook(path) {
  const asked = new URL(path, location.href).searchParams;
  const now = new URLSearchParams(location.search);
  return ["lang", "type"].every((name) => asked.get(name) === now.get(name));
}

async function pulse() {
  try {
    const answer = await fetch("/pulse", { cache: "no-store" });
    const state = await answer.text();
    const changed = state !== body.dataset.state;
    const field = document.querySelector("form.keypad input");
    const busy = body.dataset.screen !== "idle" || (field && field.value !== "");
    if ((changed || missed >= LOST_AFTER) && !busy) location.reload();
    missed = 0;
  } catch {
    missed += 1;
    if (missed === LOST_AFTER) dispatchEvent(new Event("kiosk-lost"));
  }
}

document.documentElement.classList.add("scripted");
begin(shownMain());
setInterval(pulse, PULSE_MS);
