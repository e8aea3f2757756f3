// The search page: fills the lists, finds, and shows. All text goes in as text, never as markup.
"use strict";
(() => {
  const { venues, towns, countries, publishers } = globalThis.catalogue;
  const PAGE = 24; // cards that are added at once: what a keystroke costs is to show them, not to find them
  const STILL_ON = 120; // minutes: how long a night lasts after its start
  const EVENING = 16; // the hour from which a night is tonight's
  const DAY = 24 * 60;

  const form = document.getElementById("search");
  const results = document.getElementById("results");
  const more = document.getElementById("more");
  const clear = document.getElementById("clear");
  const count = document.getElementById("count");
  const card = document.getElementById("card").content.firstElementChild;

  const plain = (term) => term.normalize("NFKD").replace(/\p{M}/gu, "").replace(/ł/gi, "l").toLowerCase();
  // One typing error in a word of this many letters or more, two from eight letters.
  const slips = (least) => (term) => (term.length >= least ? 0.2 : false);
  const engine = new MiniSearch({
    fields: ["name", "town", "more"],
    processTerm: plain,
    searchOptions: {
      prefix: true,
      fuzzy: slips(5),
      combineWith: "AND",
      boost: { name: 4, town: 2 },
      processTerm: plain,
    },
  });
  engine.addAll(venues.map(({ name, town, more: rest }, id) => ({ id, name, town: towns[town].name, more: rest })));

  // In minutes since 1970, by the reader's clock; a day lasts until four in the morning.
  const today = () => {
    const now = new Date();
    const at = (days, hour) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days - (now.getHours() < 4 ? 1 : 0), hour);
    const date = [at(0, 0).getFullYear(), at(0, 0).getMonth() + 1, at(0, 0).getDate()].map((part) => String(part).padStart(2, "0"));
    return {
      date: date.join("-"),
      from: now / 60000 - STILL_ON,
      evening: at(0, EVENING) / 60000,
      end: at(1, 4) / 60000,
      endOfTomorrow: at(2, 4) / 60000,
    };
  };
  let now = today();

  const nextStart = (night) => (night.starts ?? []).find((minute) => minute >= now.from);
  const isToday = (night) => (night.starts ? nextStart(night) < now.end : Boolean(night.days?.includes(now.date)));
  const isTonight = (night) => isToday(night) && (!night.starts || nextStart(night) >= now.evening);
  // Of a night whose clock is not known, the end of its day: what is certain comes first.
  const soonest = (venue) =>
    Math.min(
      ...venue.nights.map((night) => {
        const day = (night.days ?? []).find((each) => each >= now.date);
        return nextStart(night) ?? (day ? Date.parse(day) / 60000 + DAY : Infinity);
      }),
    );

  const asked = () => {
    const data = new FormData(form);
    const number = (name) => (data.get(name) ? Number(data.get(name)) : null);
    return {
      query: data.get("q").trim(),
      days: data.getAll("day").map(Number),
      country: number("country"),
      town: number("town"),
      publisher: number("publisher"),
      free: data.has("free"),
      tonight: data.has("tonight"),
      ended: data.has("ended"),
    };
  };

  const fits = (venue, of) => {
    if (of.town !== null && venue.town !== of.town) return false;
    if (of.country !== null && towns[venue.town].country !== of.country) return false;
    return venue.nights.some(
      (night) =>
        (of.ended || night.status !== "gone") &&
        (!of.days.length || of.days.includes(night.day)) &&
        (of.publisher === null || night.publisher === of.publisher) &&
        (!of.free || night.free) &&
        (!of.tonight || isTonight(night)),
    );
  };

  const find = (of) => {
    if (of.query) {
      const filter = ({ id }) => fits(venues[id], of);
      const certain = engine.search(of.query, { filter });
      // Many words of four letters are one letter apart: a typing error in one is assumed only if nothing else fits.
      const hits = certain.length ? certain : engine.search(of.query, { filter, fuzzy: slips(4) });
      return hits.map(({ id }) => venues[id]);
    }
    return venues
      .filter((venue) => fits(venue, of))
      .map((venue) => [soonest(venue), venue])
      .sort(([one, venue], [other, another]) => (one === other ? venue.name.localeCompare(another.name) : one < other ? -1 : 1))
      .map(([, venue]) => venue);
  };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.textContent = text;
    return made;
  };

  const coverOf = (venue) => {
    const image = document.createElement("img");
    const [[path, width, height]] = venue.image;
    image.loading = "lazy";
    image.decoding = "async";
    image.width = width;
    image.height = height;
    image.alt = venue.alt;
    image.sizes = "(min-width: 1100px) 280px, (min-width: 620px) 45vw, 92vw";
    image.srcset = venue.image.map(([each, wide]) => `${each} ${wide}w`).join(", ");
    image.src = path;
    return image;
  };

  // The reader's day. The nights below it have the pub's time.
  const soon = (venue) => {
    const start = Math.min(...venue.nights.map((night) => nextStart(night) ?? Infinity));
    if (start < now.endOfTomorrow) return start >= now.end ? "Tomorrow" : start >= now.evening ? "Tonight" : "Today";
    return venue.nights.some(isToday) ? "Today" : null;
  };

  const show = (venue) => {
    const made = card.cloneNode(true);
    const slot = (name) => made.querySelector(`[data-slot="${name}"]`);
    const link = slot("link");
    link.href = `venues/${venue.slug}.html`;
    link.firstElementChild.textContent = venue.name;
    slot("town").firstElementChild.textContent = towns[venue.town].name;
    if (venue.image) slot("initial").replaceWith(coverOf(venue));
    else slot("initial").textContent = [...venue.name][0] ?? "";
    const label = soon(venue);
    if (label) slot("image").prepend(element("span", "soon", label));
    made.classList.toggle("is-gone", venue.nights.every((night) => night.status === "gone"));
    for (const night of venue.nights.slice(0, 3)) {
      const line = element("li", "", `${night.when} `);
      line.append(element("span", "fee", night.fee));
      if (night.note) line.append(" ", element("span", "note", night.note));
      slot("nights").append(line);
    }
    if (venue.nights.length > 3) slot("nights").append(element("li", "quiet", `and ${venue.nights.length - 3} more`));
    return made;
  };

  let found = [];
  const showMore = () => {
    const shown = results.childElementCount;
    const next = found.slice(shown, shown + PAGE).map(show);
    results.append(...next);
    more.hidden = results.childElementCount >= found.length;
    return next[0];
  };

  const remember = () => {
    const set = [...new FormData(form)].filter(([, value]) => value);
    clear.hidden = !set.length;
    history.replaceState(null, "", set.length ? `#${new URLSearchParams(set)}` : location.pathname + location.search);
  };

  const update = () => {
    now = today();
    found = find(asked());
    results.replaceChildren();
    showMore();
    const number = found.length.toLocaleString();
    count.textContent = found.length ? `${number} ${found.length === 1 ? "pub" : "pubs"}` : "No pub fits. Try fewer words or another day.";
    remember();
  };

  const fillTowns = () => {
    const { country } = asked();
    const kept = form.elements.town.value;
    const options = towns
      .map((town, number) => [town, number])
      .filter(([town]) => country === null || town.country === country)
      .map(([town, number]) => new Option(country === null ? `${town.name} (${countries[town.country]})` : town.name, number));
    form.elements.town.replaceChildren(new Option("Any", ""), ...options);
    form.elements.town.value = kept;
    if (form.elements.town.selectedIndex < 0) form.elements.town.value = "";
  };

  const recall = () => {
    const set = new URLSearchParams(location.hash.slice(1));
    form.reset();
    for (const name of ["q", "country", "publisher"]) form.elements[name].value = set.get(name) ?? "";
    for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = set.getAll(box.name).includes(box.value);
    fillTowns();
    form.elements.town.value = set.get("town") ?? "";
    for (const list of form.querySelectorAll("select")) if (list.selectedIndex < 0) list.value = "";
  };

  // Small screens show the results first; what is set is never hidden.
  const further = document.getElementById("further");
  const unfold = (open) => {
    further.setAttribute("aria-expanded", open);
    further.textContent = open ? "Fewer filters" : "More filters";
  };
  further.addEventListener("click", () => unfold(further.getAttribute("aria-expanded") === "false"));

  form.elements.country.append(...countries.map((name, number) => new Option(name, number)));
  form.elements.publisher.append(...publishers.map((name, number) => new Option(name, number)));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if (event.target.name === "country") fillTowns();
    update();
  });
  clear.addEventListener("click", () => {
    form.reset();
    fillTowns();
    update();
    form.elements.q.focus();
  });
  more.addEventListener("click", () => showMore()?.querySelector("a").focus());
  addEventListener("hashchange", () => {
    recall();
    update();
  });

  recall();
  unfold(["country", "town", "publisher", "ended"].some((name) => new FormData(form).get(name)));
  form.hidden = false;
  document.querySelector(".results-head").hidden = false;
  update();
})();
