// Drawing a range on the timeline, or clicking one bar of it. The years beneath and the table do the same by link.
"use strict";

const YEARS = { year: 1, decade: 10, century: 100 };
const pad = (number, digits) => String(number).padStart(digits, "0");

// The first and the last day of a bucket, as shortly as the address can have them.
function edges(unit, first, place) {
  const [year, month, day] = first.split("-").map(Number);
  if (unit === "day") {
    const when = new Date(0);
    when.setUTCFullYear(year, month - 1, day + place);
    return [when.toISOString().slice(0, 10), when.toISOString().slice(0, 10)];
  }
  if (unit === "month") {
    const months = year * 12 + month - 1 + place;
    const text = `${pad(Math.floor(months / 12), 4)}-${pad((months % 12) + 1, 2)}`;
    return [text, text];
  }
  const start = Math.floor(year / YEARS[unit]) * YEARS[unit] + place * YEARS[unit];
  return [pad(Math.max(1, start), 4), pad(start + YEARS[unit] - 1, 4)];
}

function drawable(figure) {
  const { unit, first, url } = figure.dataset;
  const names = figure.dataset.names.split("|");
  const say = (place, edge) => names[place] || edges(unit, first, place)[edge];
  const counts = figure.dataset.counts.split(" ");
  const svg = figure.querySelector("svg");
  const make = (name, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
    svg.append(node);
    return node;
  };
  const shade = make("rect", { class: "draw", y: 16, height: 74, width: 0 });
  const text = make("text", { class: "at", y: 11 });
  let start = null;

  const at = (event) => {
    const box = svg.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return Math.min(counts.length - 1, Math.max(0, Math.floor(share * counts.length)));
  };
  const show = (from, to) => {
    const percent = 100 / counts.length;
    const [left, right] = [Math.min(from, to), Math.max(from, to)];
    const [opens, closes] = [say(left, 0), say(right, 1)];
    shade.setAttribute("x", `${left * percent}%`);
    shade.setAttribute("width", `${(right - left + 1) * percent}%`);
    text.setAttribute("x", `${(left < counts.length / 2 ? left : right + 1) * percent}%`);
    text.setAttribute("text-anchor", left < counts.length / 2 ? "start" : "end");
    text.textContent = (opens === closes ? opens : `${opens} – ${closes}`) + (left === right ? `: ${counts[left]}` : "");
  };
  const hide = () => {
    start = null;
    shade.setAttribute("width", 0);
    text.textContent = "";
    svg.classList.remove("is-drawn");
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = at(event);
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  svg.addEventListener("pointermove", (event) => {
    svg.classList.add("is-drawn");
    show(start ?? at(event), at(event));
  });
  svg.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const [from, to] = [start, at(event)].sort((a, b) => a - b);
    if (counts.slice(from, to + 1).every((count) => count === "0")) return hide(); // there is nothing to lead to
    const target = new URL(url, location.href);
    target.searchParams.set("from", edges(unit, first, from)[0]);
    target.searchParams.set("to", edges(unit, first, to)[1]);
    location.assign(target);
  });
  ["pointerleave", "pointercancel"].forEach((name) => svg.addEventListener(name, hide));
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  svg.classList.add("is-live");
}

document.querySelectorAll("figure.tl").forEach(drawable);
