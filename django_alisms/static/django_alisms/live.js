// Keeps the page of a running send up to date, and afterwards its receipts. Without it the page works too: "Refresh now" loads it again.
(function () {
  "use strict";
  const live = document.querySelector("[data-al-live]");
  if (!live) return;
  const SHORTEST = 2000, LONGEST = 30000, SVG = "http://www.w3.org/2000/svg";
  let wait = SHORTEST, timer = 0, asking = false, shown = "";

  function figures(values) {
    for (const place of live.querySelectorAll("[data-figure]")) {
      const text = values[place.dataset.figure];
      if (text !== undefined && place.textContent !== text) place.textContent = text;
    }
    for (const act of live.querySelectorAll("[data-al-while]")) act.hidden = values[act.dataset.alWhile] === "0";
  }

  function bar(parts, words) {
    const svg = live.querySelector("[data-al-bar] svg");
    const rects = parts.map(function (part) {
      const rect = document.createElementNS(SVG, "rect");
      rect.setAttribute("x", part.x);
      rect.setAttribute("width", part.width);
      rect.setAttribute("height", "100%");
      if (part.pattern) rect.setAttribute("fill", "url(#p-" + part.pattern + ")");
      else rect.setAttribute("class", "f-" + part.paint);
      return rect;
    });
    svg.replaceChildren(...rects);
    svg.setAttribute("aria-label", words);
  }

  function answers(rows) {
    const body = live.querySelector("[data-al-answers]");
    const model = document.getElementById("al-answer");
    if (!body) return;
    body.replaceChildren(...rows.map(function (row) {
      const made = model.content.firstElementChild.cloneNode(true);
      for (const name of ["time", "number", "people", "word", "code", "meaning"])
        made.querySelector('[data-cell="' + name + '"]').textContent = row[name];
      made.querySelector('[data-cell="state"]').className = "al-state is-" + row.tone;
      made.querySelector("use").setAttribute("href", "#m-" + row.mark);
      return made;
    }));
  }

  // The picture comes drawn from the server. It stays as it is while somebody is in it with the keyboard.
  function picture(html) {
    const place = live.querySelector("[data-al-picture]");
    if (!place || html === shown || place.contains(document.activeElement)) return;
    const open = Array.from(place.querySelectorAll("details[open]"), (one) => one.dataset.alKeep);
    const made = new DOMParser().parseFromString(html, "text/html");
    place.replaceChildren(...made.body.childNodes);
    for (const one of place.querySelectorAll("details")) one.open = open.includes(one.dataset.alKeep);
    shown = html;
  }

  // The list of parts to take. It stays as it is while somebody is in it, and what was chosen stays chosen.
  function parts(choices) {
    const select = document.querySelector("[data-al-slices]");
    if (!select || select === document.activeElement) return;
    const chosen = select.dataset.chosen;
    const made = choices.map((one) => new Option(one.label, one.key, false, one.key === chosen));
    if (chosen && !choices.some((one) => one.key === chosen)) {
      const gone = Array.from(select.options).find((one) => one.value === chosen);
      gone.textContent = gone.textContent.replace(/ · [^·]*$/, " · 0");
      made.push(gone);
    }
    select.replaceChildren(...made);
    if (chosen) select.value = chosen;
  }

  async function ask() {
    timer = 0;
    if (document.hidden || asking) return;
    asking = true;
    try {
      const answer = await fetch(live.dataset.alLive, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const news = await answer.json();
      if (news.version !== live.dataset.version) return window.location.reload();
      figures(news.figures);
      bar(news.bar, news.words);
      answers(news.answers);
      picture(news.picture);
      parts(news.slices);
      if (!news.follows) return;
      wait = news.wait;
    } catch (trouble) {
      wait = Math.min(wait * 2, LONGEST);
    }
    asking = false;
    timer = window.setTimeout(ask, wait);
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-al-slices]")) event.target.dataset.chosen = event.target.value;
  });
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && !timer) ask();
  });
  timer = window.setTimeout(ask, wait);
})();
