// Three tones and a call, made here rather than recorded: nothing to load, nothing to play late.
// Sound is never the only channel: every tone goes with a word that fills the screen.

/** Notes in hertz, each a fraction of a second long. */
const TONES = {
  rise: [523, 659, 784],
  double: [587, 0, 587],
  fall: [494, 370],
  call: [659, 523, 659, 523, 659, 523],
};
const NOTE_SECONDS = 0.14;
const VOLUMES = [0, 0.25, 0.8];
const LOUD = 2;

/** @type {AudioContext | undefined} */
let context;
let volume = LOUD;

/** Plays a tone by name; an unknown or missing name is silence. @param {string | undefined} name */
export function sound(name) {
  const notes = TONES[name ?? ""];
  if (!notes || VOLUMES[volume] === 0) return;
  context ??= new AudioContext();
  context.resume();
  let at = context.currentTime;
  for (const pitch of notes) {
    if (pitch > 0) note(context, pitch, at);
    at += NOTE_SECONDS;
  }
}

function note(context, pitch, at) {
  const voice = new OscillatorNode(context, { type: "triangle", frequency: pitch });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(VOLUMES[volume], at + 0.015);
  gain.gain.linearRampToValueAtTime(0, at + NOTE_SECONDS);
  voice.connect(gain).connect(context.destination);
  voice.start(at);
  voice.stop(at + NOTE_SECONDS);
}

/** The next person hears it as loud as the first. */
export function resetVolume() {
  volume = LOUD;
}

/** Makes a page's volume button work. @param {ParentNode} page */
export function prepareVolume(page) {
  const button = page.querySelector("button.volume");
  if (!(button instanceof HTMLButtonElement)) return;
  const words = (button.dataset.words ?? "").split("|");
  const show = () => {
    button.querySelector("span").textContent = words[volume] ?? "";
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    volume = (volume + VOLUMES.length - 1) % VOLUMES.length;
    show();
    sound("double");
  });
  show();
}
