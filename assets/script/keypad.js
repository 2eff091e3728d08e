// The keypad of the start page. Without this script each key is a button of a form; with it the
// digits stand at once and the camera keeps running.
import { show } from "./kiosk.js";

const DIGITS = 6;
const form = document.querySelector("form.keypad");
const field = form?.querySelector("input");
const hint = form?.querySelector(".hint");

function digits() {
  return field.value.normalize("NFKC").replace(/\D/g, "");
}

/** @param {string} all */
function write(all) {
  const kept = all.slice(0, DIGITS);
  field.value = kept.length > 3 ? `${kept.slice(0, 3)} ${kept.slice(3)}` : kept;
  say(false);
}

/** @param {boolean} wrong */
function say(wrong) {
  hint.textContent = wrong ? form.dataset.wrong : form.dataset.hint;
  hint.classList.toggle("wrong", wrong);
}

async function send() {
  const fields = new URLSearchParams({ number: field.value, key: "ok" });
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: fields });
    if (show(await answer.text()) === "idle") say(true);
    else field.value = "";
  } catch {
    form.submit();
  }
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const key = event.submitter?.value ?? "ok";
  if (key === "ok") send();
  else if (key === "delete") write(digits().slice(0, -1));
  else write(digits() + key);
});

addEventListener("kiosk-home", () => write(""));
