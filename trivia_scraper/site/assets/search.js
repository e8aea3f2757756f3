// The search page: shows what finder.js finds as cards. All text goes in as text, never as markup.
"use strict";
(() => {
  const { start, dayText, distanceText, whereText, ownTime, soonest } = globalThis.finder;
  const PAGE = 24; // cards that are added at once: what a keystroke costs is to show them, not to find them
  const NIGHTS = 3; // on a card

  const results = document.getElementById("results");
  const more = document.getElementById("more");
  const card = document.getElementById("card").content.firstElementChild;

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.textContent = text;
    return made;
  };

  const coverOf = (venue, isFirst) => {
    const image = document.createElement("img");
    const [path, width, height] = venue.image.at(venue.logo && devicePixelRatio > 1 ? -1 : 0);
    image.loading = isFirst ? "eager" : "lazy";
    image.decoding = "async";
    image.width = width;
    image.height = height;
    image.alt = venue.alt;
    if (venue.logo) image.className = "logo"; // one file: with srcset it would be drawn wider than it is
    else {
      image.sizes = "(min-width: 1100px) 280px, (min-width: 620px) 45vw, 92vw";
      image.srcset = venue.image.map(([each, wide]) => `${each} ${wide}w`).join(", ");
    }
    image.src = path;
    return image;
  };

  const soon = ({ next, over }) => {
    if (over) return "Over";
    if (!next || next.away > 1 || !next.isSameDate) return null; // "Tomorrow" may be the reader's today
    return next.away === 1 ? "Tomorrow" : next.isEvening ? "Tonight" : "Today";
  };

  const lineOf = (night, isFirst) => {
    const line = element("li", "", "");
    const { next } = night;
    line.append(element(isFirst ? "b" : "span", "", next ? `${dayText(next.day)}, ${night.at}` : `${night.how}, ${night.at}`));
    if (night.note) line.append(" ", element("span", "note", night.note));
    const own = isFirst && next?.away <= 1 && ownTime(night);
    if (own) line.append(" ", element("span", "quiet", `(${own} your time)`));
    const isRepeated = next && (night.every || night.days.length > 1);
    line.append(element("span", "how", isRepeated ? `${night.how} · ${night.fee}` : night.fee));
    return line;
  };

  // Writes what changes with the time, the filters and the reader's place.
  const update = (made, { venue, night, distance }) => {
    const slot = (name) => made.querySelector(`[data-slot="${name}"]`);
    for (const label of made.querySelectorAll(".soon, .distance")) label.remove();
    const label = soon(night);
    if (label) slot("image").append(element("span", night.over ? "soon is-over" : "soon", label));
    if (distance < Infinity) slot("town").append(element("span", "distance", distanceText(distance)));
    made.classList.toggle("is-gone", night.over === true);
    const others = venue.nights.filter((each) => each !== night && (!each.over || night.over)).sort(soonest);
    slot("nights").replaceChildren(...[night, ...others].slice(0, NIGHTS).map((each, number) => lineOf(each, !number)));
    if (others.length >= NIGHTS) slot("nights").append(element("li", "quiet", `and ${others.length + 1 - NIGHTS} more`));
  };

  const show = (hit, isFirst) => {
    const { venue } = hit;
    const made = card.cloneNode(true);
    const slot = (name) => made.querySelector(`[data-slot="${name}"]`);
    made.dataset.slug = venue.slug;
    const link = slot("link");
    link.href = `venues/${venue.slug}.html`;
    link.firstElementChild.textContent = venue.name;
    slot("town").firstElementChild.textContent = whereText(venue);
    slot("initial").textContent = venue.initial;
    if (venue.image) slot("image").append(coverOf(venue, isFirst));
    update(made, hit);
    return made;
  };

  let found = [];
  const showMore = (to) => {
    const shown = results.childElementCount;
    const next = found.slice(shown, to ?? shown + PAGE).map((each, number) => show(each, shown + number < 4));
    results.append(...next);
    more.hidden = results.childElementCount >= found.length;
    return next[0];
  };

  // Cards of the page itself stay if they are those of the same pubs: they have their images already.
  const isShown = () => {
    const slugs = [...results.children].map((each) => each.dataset.slug);
    return slugs.length > 0 && slugs.every((slug, number) => found[number]?.venue.slug === slug);
  };
  const upgrade = () => {
    [...results.children].forEach((each, number) => update(each, found[number]));
    more.hidden = results.childElementCount >= found.length;
  };

  const keepShown = () => {
    try {
      history.replaceState({ ...history.state, shown: results.childElementCount, scrolled: scrollY }, "");
    } catch {
      // Browsers refuse more than a hundred changes in half a minute.
    }
  };

  let isFirst = true;
  start((result, opened) => {
    found = result.found;
    if (isFirst && isShown()) upgrade();
    else {
      results.replaceChildren();
      showMore();
    }
    if (opened !== undefined && history.state?.shown > results.childElementCount) showMore(history.state.shown);
    if (isFirst && history.state?.scrolled) scrollTo(0, history.state.scrolled);
    isFirst = false;
  });
  more.addEventListener("click", () => {
    const next = showMore();
    keepShown();
    next?.querySelector("a").focus();
  });
  addEventListener("pagehide", keepShown);
})();
