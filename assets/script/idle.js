// Goes back to the start when nobody has touched the page for a while, after a warning that leaves
// enough time to find one's glasses. Results have a clock of their own and need none of this.
import { goHome } from "./kiosk.js";

const WARNING_SECONDS = 20;
const warning = document.querySelector(".idle-warning");
const wait = Number(warning?.dataset.wait ?? 60);
const line = warning?.querySelector("p");
let quiet = 0;
let left = 0;

/** Whether somebody has begun something that the next person must not find. */
function begun() {
  const main = document.querySelector("main:not([hidden])");
  if (main?.dataset.seconds) return false;
  if (["setup", "waiting", "out"].includes(document.body.dataset.screen ?? "")) return false;
  if (document.body.dataset.screen !== "idle") return true;
  return location.search !== "" || document.querySelector("form.keypad input")?.value !== "";
}

function touched() {
  quiet = 0;
  if (warning && !warning.hidden) {
    warning.hidden = true;
    document.querySelector("main:not([hidden]) h1")?.focus();
  }
}

function warn() {
  if (warning.hidden) {
    left = WARNING_SECONDS;
    warning.hidden = false;
    warning.querySelector("button")?.focus();
  }
  line.textContent = (line.dataset.text ?? "").replace("{n}", String(left));
  left -= 1;
  if (left < 0) {
    warning.hidden = true;
    quiet = 0;
    goHome();
  }
}

setInterval(() => {
  if (!warning) return;
  quiet = begun() ? quiet + 1 : 0;
  if (quiet > wait) warn();
  else if (!warning.hidden) warning.hidden = true;
}, 1_000);

for (const kind of ["pointerdown", "keydown", "input"]) addEventListener(kind, touched);
