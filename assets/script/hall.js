// @ts-check
// Colours the booths and zones of the big screen by how crowded they are.

import { t } from "./text.js";

const WORDS = ["hall.quiet", "hall.some", "hall.busy", "hall.full"];

document.addEventListener("live", (event) => {
  const { name, data } = /** @type {CustomEvent} */ (event).detail;
  if (name !== "hall") return;
  for (const cell of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-booth]")
  )) {
    cell.dataset.level = String(data.booths[cell.dataset.booth ?? ""] ?? 0);
  }
  for (const zone of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-zone]")
  )) {
    const level = data.zones[zone.dataset.zone ?? ""] ?? 0;
    zone.dataset.level = String(level);
    const word = zone.querySelector(".level");
    if (word) word.textContent = t(WORDS[level]);
  }
});
