// What the page does better with a script: the bar moves, the list of partners filters, a form is sent once,
// a picture that cannot be loaded leaves its place empty.
// Without it everything works by refreshing.
"use strict";

const bar = document.querySelector("[data-progress]");
if (bar) {
  const progress = bar.querySelector("progress");
  const sentence = bar.querySelector("[data-sentence]");
  const look = async () => {
    let wait = 1000;
    try {
      const answer = await fetch(bar.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const state = await answer.json();
      if (state.final) return location.reload();
      if (state.percent === null) progress.removeAttribute("value");
      else { progress.max = 100; progress.value = state.percent; }
      if (sentence.textContent !== state.sentence) sentence.textContent = state.sentence;
    } catch { wait = 5000; }
    setTimeout(look, wait);
  };
  setTimeout(look, 400);
}

const fold = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const filter = document.querySelector("[data-filter]");
if (filter) {
  filter.hidden = false;
  const nothing = document.querySelector("[data-nothing]");
  filter.querySelector("input").addEventListener("input", (event) => {
    const wanted = fold(event.target.value.trim());
    let shown = 0;
    for (const item of document.querySelectorAll("[data-filtered] > [data-words]")) {
      item.hidden = !fold(item.dataset.words).includes(wanted);
      shown += item.hidden ? 0 : 1;
    }
    for (const group of document.querySelectorAll("[data-group]")) {
      group.hidden = !group.querySelector("[data-words]:not([hidden])");
      const folded = group.querySelector("details");
      if (folded) folded.open = wanted !== "";
    }
    nothing.hidden = shown > 0;
  });
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    if (form.dataset.once) button.textContent = form.dataset.once;
  });
}
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

for (const field of document.querySelectorAll("[data-ticks]")) {
  field.addEventListener("input", () => { document.getElementById(field.dataset.ticks).checked = true; });
}

const leaveEmpty = (picture) => {
  const place = document.createElement("span");
  place.className = `${picture.className} none`;
  place.setAttribute("aria-hidden", "true");
  picture.replaceWith(place);
};
for (const picture of document.querySelectorAll("img.picture")) {
  if (picture.complete && picture.naturalWidth === 0 && picture.currentSrc) leaveEmpty(picture);
  else picture.addEventListener("error", () => leaveEmpty(picture));
}

document.querySelector("[data-focus]")?.focus();
