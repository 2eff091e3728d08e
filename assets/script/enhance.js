// @ts-check
// Sends forms marked `data-enhance` without leaving the page: replaces <main>, moves the focus
// to its heading and has it said. On any failure the browser sends the form itself. All forms:
// a second press while the first is under way does nothing.

import { announce, readTexts } from "./text.js";

/** Forms being sent. @type {WeakSet<HTMLFormElement>} */
const busy = new WeakSet();

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 * @returns {[string, RequestInit]}
 */
function request(form, submitter) {
  const fields = new FormData(form);
  const name = submitter?.getAttribute("name");
  if (name) fields.append(name, submitter?.getAttribute("value") ?? "");
  const action = form.getAttribute("action") || location.pathname + location.search;
  /** @type {RequestInit} */
  const init = { headers: { accept: "text/html" }, method: form.method };
  const files = form.enctype === "multipart/form-data";
  const body = files ? fields : new URLSearchParams(/** @type {any} */ (fields));
  if (form.method === "get") return [`${action.split("?")[0]}?${body}`, init];
  return [action, { ...init, body }];
}

/**
 * Shows the answer in place of the present page.
 * @param {Response} response
 * @param {boolean} moved whether the address in the bar follows
 */
async function show(response, moved) {
  const type = response.headers.get("content-type") || "";
  if (!type.startsWith("text/html")) throw new Error("not a page");
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = page.querySelector("main");
  const here = document.querySelector("main");
  if (!main || !here) throw new Error("not a page of ours");
  here.replaceWith(document.adoptNode(main));
  for (const part of ["header.top", "#texts"]) {
    const next = page.querySelector(part);
    const old = document.querySelector(part);
    if (next && old) old.replaceWith(document.adoptNode(next));
  }
  readTexts();
  document.title = page.title;
  if (moved) history.pushState({ enhanced: true }, "", response.url);
  const heading = main.querySelector("h1");
  window.scrollTo(0, 0);
  heading?.focus();
  announce(heading?.textContent ?? "");
  document.dispatchEvent(new CustomEvent("page-replaced"));
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
async function send(form, submitter) {
  const [address, init] = request(form, submitter);
  form.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address, init);
    await show(response, response.redirected || form.method === "get");
  } catch {
    const name = submitter?.getAttribute("name");
    if (name) {
      const pressed = document.createElement("input");
      pressed.type = "hidden";
      pressed.name = name;
      pressed.value = submitter?.getAttribute("value") ?? "";
      form.append(pressed);
    }
    form.submit();
  } finally {
    form.removeAttribute("aria-busy");
    busy.delete(form);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
  if (busy.has(form)) {
    event.preventDefault();
    return;
  }
  busy.add(form);
  if (!form.hasAttribute("data-enhance")) return;
  event.preventDefault();
  void send(form, /** @type {SubmitEvent} */ (event).submitter);
});

// Back to a page the browser kept: nothing is being sent any more.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) busy.delete(form);
});
window.addEventListener("popstate", () => location.reload());
