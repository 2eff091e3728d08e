// Reads codes: the camera's picture goes as grey pixels to the station on this very machine, a hand
// scanner's keys are gathered to a line. The station decides what is a new scan; a frame is sent
// only when the one before was answered.
import { show } from "./kiosk.js";

const SIDE_PX = 720;
const FRAME_MS = 150;
const HINT_FRAMES = 3;
const HINT_MS = 1_500;
const BUSY_TRIES = 3;
const RETRY_MS = 3_000;
const KEY_GAP_MS = 60;
const LINE_LENGTH = 6;

const stage = document.querySelector(".stage");
/** What is captured; the one on the page only shows the same stream, mirrored. */
const eye = document.createElement("video");
eye.muted = true;
eye.playsInline = true;
const canvas = document.createElement("canvas");
const brush = canvas.getContext("2d", { willReadFrequently: true });

let busyTries = 0;
let hint = "";
let hintFrames = 0;
let hintTimer = 0;

/** @param {string} state */
function say(state) {
  if (!stage) return;
  stage.dataset.camera = state;
  for (const word of stage.querySelectorAll("[data-when]")) {
    word.hidden = word.dataset.when !== state;
  }
}

const CAUSES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

async function startCamera() {
  say("starting");
  try {
    if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
    const wish = { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user" };
    const stream = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
    stream.getVideoTracks()[0].addEventListener("ended", () => failed("NotFoundError"));
    eye.srcObject = stream;
    await eye.play();
    const mirror = stage?.querySelector("video");
    if (mirror) {
      mirror.srcObject = stream;
      mirror.play().catch(() => {});
    }
    busyTries = 0;
    say("live");
    look();
  } catch (error) {
    failed(error.name);
  }
}

/** @param {string} name */
function failed(name) {
  const cause = CAUSES[name] ?? "failed";
  say(cause);
  if (cause === "busy" && busyTries < BUSY_TRIES) {
    busyTries += 1;
    setTimeout(startCamera, RETRY_MS);
  }
}

navigator.mediaDevices?.addEventListener("devicechange", () => {
  if (stage && !["live", "starting"].includes(stage.dataset.camera)) startCamera();
});

/** Sends frame after frame while the camera runs. */
async function look() {
  while (eye.srcObject?.active) {
    const began = performance.now();
    if (!document.hidden) await sendFrame();
    const rest = FRAME_MS - (performance.now() - began);
    await new Promise((go) => setTimeout(go, Math.max(rest, 20)));
  }
}

async function sendFrame() {
  const grey = capture();
  if (!grey) return;
  try {
    const path = withLook(`/scan?width=${canvas.width}&height=${canvas.height}`);
    await answered(await fetch(path, { method: "POST", body: grey, headers: BYTES }));
  } catch {
    // The station is restarting; the next frame tries again, and the pulse notices.
  }
}

const BYTES = { "content-type": "application/octet-stream" };

/** The middle of the picture as grey bytes. */
function capture() {
  const whole = Math.min(eye.videoWidth, eye.videoHeight);
  if (whole === 0 || !brush) return undefined;
  const side = Math.min(whole, SIDE_PX);
  canvas.width = canvas.height = side;
  const [left, top] = [(eye.videoWidth - whole) / 2, (eye.videoHeight - whole) / 2];
  brush.drawImage(eye, left, top, whole, whole, 0, 0, side, side);
  const colours = brush.getImageData(0, 0, side, side).data;
  const grey = new Uint8Array(side * side);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4) {
    grey[at] = (77 * colours[from] + 150 * colours[from + 1] + 29 * colours[from + 2]) >> 8;
  }
  return grey;
}

/** @param {string} path */
function withLook(path) {
  return location.search ? `${path}&${location.search.slice(1)}` : path;
}

/** Shows a verdict if the answer is one; else perhaps a word to the person. @param {Response} answer */
async function answered(answer) {
  const go = answer.headers.get("kiosk-go");
  if (go) {
    location.assign(go);
    return;
  }
  if (answer.status === 200) {
    give("");
    show(await answer.text());
    return;
  }
  give(answer.headers.get("kiosk-hint") ?? "");
}

/** A hint is shown when several frames agree on it, and goes when they no longer do.
 * @param {string} fresh */
function give(fresh) {
  hintFrames = fresh === hint ? hintFrames + 1 : 1;
  hint = fresh;
  if (fresh === "" || hintFrames < HINT_FRAMES) return;
  say(fresh === "brighter" ? "dark" : fresh);
  clearTimeout(hintTimer);
  hintTimer = setTimeout(() => say("live"), HINT_MS);
}

// A hand scanner types faster than any person: short gaps and Enter or Tab at the end.
let line = "";
let lastKey = 0;

addEventListener(
  "keydown",
  (event) => {
    const now = performance.now();
    if (now - lastKey > KEY_GAP_MS) line = "";
    lastKey = now;
    if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) {
      line += event.key;
    } else if ((event.key === "Enter" || event.key === "Tab") && line.length >= LINE_LENGTH) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.target instanceof HTMLInputElement) event.target.value = "";
      sendLine(line);
      line = "";
    }
  },
  { capture: true },
);

/** @param {string} text */
async function sendLine(text) {
  try {
    await answered(await fetch(withLook("/scan/line?"), { method: "POST", body: text }));
  } catch {
    // Nothing to show; the person scans again.
  }
}

addEventListener("kiosk-lost", () => say("lost"));
startCamera();
