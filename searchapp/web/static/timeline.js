// Drawing a range on the timeline, or clicking a bar. The links beneath do the same.
"use strict";

function drawable(figure) {
  const { url, names } = figure.dataset;
  const [counts, first, last] = ["counts", "first", "last"].map((name) => figure.dataset[name].split(" "));
  const words = names.split("|");
  const svg = figure.querySelector("svg");
  const shade = svg.querySelector(".draw");
  const text = svg.querySelector(".at");
  const set = (node, values) => Object.entries(values).forEach(([name, value]) => node.setAttribute(name, value));
  let start, left, right;

  const at = (event) => {
    const box = svg.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return Math.min(counts.length - 1, Math.max(0, Math.floor(share * counts.length)));
  };
  const show = (event) => {
    const here = at(event);
    [left, right] = [start ?? here, here].sort((a, b) => a - b);
    const percent = 100 / counts.length;
    const early = left < counts.length / 2;
    const [opens, closes] = [words[left] || first[left], words[right] || last[right]];
    svg.classList.add("is-drawn");
    set(shade, { x: `${left * percent}%`, width: `${(right - left + 1) * percent}%` });
    set(text, { x: `${(early ? left : right + 1) * percent}%`, "text-anchor": early ? "start" : "end" });
    text.textContent = (opens === closes ? opens : `${opens} – ${closes}`) + (left === right ? `: ${counts[left]}` : "");
  };
  const hide = () => {
    start = null;
    set(shade, { width: 0 });
    text.textContent = "";
    svg.classList.remove("is-drawn");
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    start = at(event);
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  svg.addEventListener("pointermove", show);
  svg.addEventListener("pointerup", (event) => {
    if (start == null) return;
    show(event);
    if (counts.slice(left, right + 1).every((count) => count === "0")) return hide(); // nothing there
    const target = new URL(url, location.href);
    target.searchParams.set("from", first[left]);
    target.searchParams.set("to", last[right]);
    location.assign(target);
  });
  ["pointerleave", "pointercancel"].forEach((name) => svg.addEventListener(name, hide));
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}

document.querySelectorAll("figure.tl").forEach(drawable);
