// What the search page and the map share: venues with their next dates, the form, its state in the address, and finding.
"use strict";
globalThis.finder = (() => {
  const { madeAt, towns, countries, publishers, zones } = globalThis.catalogue;
  const HOUR = 60; // all times are in minutes
  const DAY = 24 * HOUR;
  const STILL_ON = 2 * HOUR; // how long a night lasts after its start
  const EVENING = 16 * HOUR; // from here on, a night is tonight's
  const REACH = 3 * HOUR; // where clocks differ by more, nobody goes tonight
  const NEAR = 50; // kilometres
  const FEW = 24; // pubs that are shown of a place that has none near it
  const OLD = 14 * DAY;
  const EVERYWHERE = "all";
  const SKIPPED = "#content"; // where the first link of a page leads
  const MILES = new Set(["GB", "US"]);
  const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
  const SHORT = { mon: 1, tue: 2, tues: 2, wed: 3, thu: 4, thur: 4, thurs: 4, fri: 5 }; // "sun" is a pub, and "sat" short
  const UNTELLING = new Set(["a", "an", "and", "at", "in", "n", "near", "night", "nights", "of", "on", "pub", "pubs", "quiz", "quizzes", "the", "trivia"]);

  const form = document.getElementById("search");
  let venues = globalThis.catalogue.venues;

  // Dates and clocks at the venues

  const formats = zones.map((timeZone) => {
    try {
      return new Intl.DateTimeFormat("en", { timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" });
    } catch {
      return null; // a zone that this browser does not know: as without one, the reader's clock is used
    }
  });
  const measureOffset = (zone, minute) => {
    const at = new Date(minute * 60000);
    if (!formats[zone]) return -at.getTimezoneOffset();
    const is = Object.fromEntries(formats[zone].formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(is.year, is.month - 1, is.day, is.hour, is.minute) / 60000 - minute;
  };
  const midnights = new Map();
  const atMidnight = (zone, day) => {
    const key = `${zone} ${day}`;
    if (!midnights.has(key)) midnights.set(key, measureOffset(zone, day * DAY));
    return midnights.get(key);
  };
  // How far clocks of the zone are ahead of UTC. They are asked only twice a day, unless they change on that day.
  const offset = (zone, minute) => {
    const day = Math.floor(minute / DAY);
    const before = atMidnight(zone, day);
    return before === atMidnight(zone, day + 1) ? before : measureOffset(zone, minute);
  };
  const startOn = (night, day) => {
    const local = day * DAY + night.time;
    return local - offset(night.zone, local - offset(night.zone, local));
  };

  let now = 0;
  // Sets `next` of a night: its day there, how many days away that is, and its start. Of a night without a time that is
  // the end of its day, because what is certain comes first.
  const date = (night) => {
    const here = now + offset(night.zone, now);
    const isAhead = (day) => (night.time === undefined ? day >= Math.floor(here / DAY) : startOn(night, day) >= now - STILL_ON);
    let day = night.days?.find(isAhead);
    if (night.every) {
      const passed = Math.floor((here - STILL_ON) / DAY) - night.first;
      day = night.first + night.every * Math.max(0, Math.ceil(passed / night.every));
      if (!isAhead(day)) day += night.every;
      if (day > night.last) day = undefined;
    }
    night.next = null;
    if (day === undefined) {
      if (night.last !== undefined) night.over = true;
      return;
    }
    const { time } = night;
    const away = Math.max(0, day - Math.floor(here / DAY)); // one that is still on after midnight is today's
    night.next = { day, away, isEvening: time === undefined || time >= EVENING, start: time === undefined ? (day + 1) * DAY - offset(night.zone, now) : startOn(night, day) };
  };
  const lookAtTheClock = () => {
    const minute = Math.floor(Date.now() / 60000);
    if (minute === now) return;
    now = minute;
    for (const venue of venues) for (const night of venue.nights) date(night);
  };

  const nameOf = (part) => new Intl.DateTimeFormat("en-US", { [part]: "short", timeZone: "UTC" });
  const weekdayName = nameOf("weekday");
  const monthName = nameOf("month");
  const dayText = (day) => {
    const at = new Date(day * DAY * 60000);
    return `${weekdayName.format(at)} ${at.getUTCDate()} ${monthName.format(at)}`;
  };
  const soonest = (one, other) => (one.next?.start ?? Infinity) - (other.next?.start ?? Infinity) || 0;

  // Words

  const plain = (term) => term.normalize("NFKD").replace(/\p{M}/gu, "").replace(/ł/gi, "l").toLowerCase();
  const wordsOf = (text) => text.replace(/['’‘ʼ`´]/g, "").split(/[\s\p{P}\p{S}]+/u).filter(Boolean);
  const telling = (word) => {
    const term = plain(word);
    if (UNTELLING.has(term)) return null;
    return term === "st" ? "saint" : term;
  };
  const keyOf = (text) => wordsOf(text).map(telling).filter(Boolean).join(" ");
  const engine = new MiniSearch({
    fields: ["name", "town", "rest"],
    tokenize: wordsOf,
    processTerm: telling,
    searchOptions: { prefix: true, combineWith: "AND" },
  });
  // Both halves of a postcode like "IP4 2SH" have letters and digits. Readers may omit its space.
  const isHalf = (word = "") => /\d/.test(word) && /\p{L}/u.test(word);
  const withoutSpaces = (address = "") => wordsOf(address).flatMap((word, at, words) => (isHalf(word) && isHalf(words[at + 1]) ? [word + words[at + 1]] : []));
  const indexed = (venue, id) => {
    const { name, also = "" } = countries[towns[venue.town].country];
    const by = new Set(venue.nights.map((night) => publishers[night.publisher].name));
    const region = towns[venue.town].name;
    return { id, name: venue.name, town: region, rest: [venue.address, ...withoutSpaces(venue.address), venue.hosts, name, also, ...by].join(" ") };
  };
  // A part at a time, so that the page answers meanwhile; a search adds what is left.
  const PART = 40;
  let added = 0;
  const addPart = (size) => {
    const until = Math.min(venues.length, added + size);
    for (; added < until; added++) engine.add(indexed(venues[added], added));
    if (added < venues.length) setTimeout(addPart, 0, PART);
  };
  setTimeout(addPart, 0, PART);

  // "after 7", "before 6 pm", "7-9pm", "between 19:30 and 21:00"
  const CLOCK = String.raw`(\d{1,2})(?:[:.](\d\d))?(?:\s*([ap])\.?m\b\.?)?`;
  const TIMES = new RegExp(String.raw`\b(?:(after|from|between|before|until|till)\s+)?${CLOCK}(?:\s*(?:-|–|to|and|until|till)\s*${CLOCK})?(?![\w:])`, "gi");
  const hourOf = (hour, minute = "0", half = undefined) => {
    const number = Number(hour);
    const isOfTwelve = number <= 12 && (half || !hour.startsWith("0"));
    const start = isOfTwelve ? (number % 12) + (half?.toLowerCase() === "a" ? 0 : 12) : number; // "7" is of the evening
    return start < 24 && Number(minute) < 60 ? start + Number(minute) / 60 : NaN;
  };
  // Takes the times out of a query. `time` is as the filter has it: hours in which a night starts, "19-" or "19.5-21".
  const readTimes = (query) => {
    let [first, last] = [0, Infinity];
    const rest = query.replace(TIMES, (all, word, hour, minute, half, endHour, endMinute, endHalf) => {
      const isRange = endHour !== undefined;
      if (!word && !(isRange && (half || endHalf || (minute && endMinute)))) return all; // "7-9 High St"
      const isUntil = /^(before|un|till)/i.test(word ?? "");
      if (word?.toLowerCase() === "between" && !isRange) return all;
      let start = hourOf(hour, minute, half ?? endHalf);
      const end = isRange ? hourOf(endHour, endMinute, endHalf) : start;
      if (Number.isNaN(start + end)) return all;
      if (isRange && !half && start > end) start -= 12; // "11-1pm"
      if (isRange || !isUntil) first = start;
      if (isRange || isUntil) last = end > start || !isRange ? end : Infinity; // "10pm-1am"
      return " ";
    });
    return rest === query ? { rest } : { rest, time: `${first}-${last === Infinity ? "" : last}` };
  };
  // What a reader may say in words instead of with the filters. Returns null if nothing of the kind is said.
  const understand = (query) => {
    const { rest, time } = readTimes(query);
    const meant = { days: [], text: [], ...(time && { time }) };
    for (const word of rest.split(/[\s,]+/).filter(Boolean)) {
      const term = plain(word);
      const day = SHORT[term] ?? WEEKDAYS.findIndex((name) => term === name || term === `${name}s`) + 1;
      if (day) meant.days.push(day);
      else if (term === "free") meant.free = true;
      else if (term === "tonight" || term === "tomorrow") meant.when = term;
      else meant.text.push(word);
    }
    return meant.days.length || meant.free || meant.when || meant.time ? { ...meant, text: meant.text.join(" ") } : null;
  };

  // One typing error in a word of so many letters, two from eight letters; none in numbers and postcodes.
  const slips = (least) => (term) => (term.length >= least && !/\d/.test(term) ? 0.2 : false);
  // How far a hit is from what was typed: 0 if every word is one of the name's or town's.
  const rank = ({ id, match, queryTerms }, key) => {
    if (keyOf(venues[id].name) === key) return -1;
    let sum = 0;
    for (const term of queryTerms) sum += match[term] ? (match[term].some((field) => field !== "rest") ? 0 : 1) : 2;
    return sum;
  };
  const searchText = (text) => {
    const key = keyOf(text);
    if (!key) return null;
    if (added < venues.length) addPart(Infinity);
    // Many words are one letter apart: a typing error is assumed only if nothing else fits, and last in short words.
    for (const fuzzy of [false, slips(5), slips(4)]) {
      const hits = engine.search(text, { fuzzy });
      if (hits.length) return new Map(hits.map((hit) => [hit.id, rank(hit, key)]));
    }
    return new Map();
  };

  // Places: "all", "AU", "gb-london", or the latitude and longitude of a reader

  const townKeys = new Map(towns.map(({ key }, number) => [key, number]));
  const countryKeys = new Map(countries.map(({ key }, number) => [key, number]));
  let exact = null; // where the reader is; the address knows it to about a kilometre
  const readPosition = (key) => {
    const at = /^(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)$/.exec(key);
    return at ? [Number(at[1]), Number(at[2])] : null;
  };
  // The place of a key, or of one that a later build no longer knows: then its country.
  const placeOf = (key) => {
    const at = readPosition(key);
    if (at) return { key, at: exact?.key === key ? exact.at : at };
    if (townKeys.has(key)) return { key, town: townKeys.get(key), name: towns[townKeys.get(key)].name };
    const code = countryKeys.has(key) ? key : key.split("-")[0].toUpperCase();
    if (countryKeys.has(code)) return { key: code, country: countryKeys.get(code), name: countries[countryKeys.get(code)].name };
    return { key: EVERYWHERE };
  };
  const wider = (place) => {
    if (place.town !== undefined) return placeOf(countries[towns[place.town].country].key);
    return place.key === EVERYWHERE ? null : placeOf(EVERYWHERE);
  };
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const home = countries.find((country) => country.zones?.includes(zone));
  const remembered = (key) => {
    try {
      if (key) localStorage.setItem("place", key);
      return localStorage.getItem("place");
    } catch {
      return null; // a browser that forbids it
    }
  };
  const takesPlace = (venue) => venue.nights.some((night) => !night.over);
  const isListed = (key) => venues.some((venue) => takesPlace(venue) && [towns[venue.town].key, countries[towns[venue.town].country].key].includes(key));
  const usualPlace = () => [remembered(), home?.key].find((key) => key && isListed(key)) ?? EVERYWHERE;

  const radians = (degrees) => (degrees * Math.PI) / 180;
  const distance = ([latitude, longitude], [otherLatitude, otherLongitude]) => {
    const half = (one, other) => Math.sin(radians(one - other) / 2) ** 2;
    const a = half(latitude, otherLatitude) + Math.cos(radians(latitude)) * Math.cos(radians(otherLatitude)) * half(longitude, otherLongitude);
    return 12742 * Math.asin(Math.sqrt(a));
  };
  const distanceText = (kilometres, venue) => {
    const isMiles = MILES.has(countries[towns[venue.town].country].key);
    const length = isMiles ? kilometres / 1.609 : kilometres;
    return `${length < 10 ? length.toFixed(1) : Math.round(length).toLocaleString()} ${isMiles ? "mi" : "km"}`;
  };

  // The form and the address

  const FIELDS = ["q", "place", "day", "when", "time", "free", "by", "ended", "sort"];
  let extra = {}; // what else the page keeps in the address
  let isTouched = false;

  const asked = () => {
    const data = new FormData(form);
    return {
      query: data.get("q").trim(),
      place: placeOf(data.get("place") || EVERYWHERE),
      days: data.getAll("day").map(Number),
      when: data.get("when"),
      time: data.get("time"),
      free: data.has("free"),
      by: data.get("by"),
      ended: data.has("ended"),
      sort: data.get("sort"),
    };
  };

  const address = () => {
    const set = [...new FormData(form)].filter(([name, value]) => value && FIELDS.includes(name));
    return new URLSearchParams(set);
  };
  const readable = (text) => text.replaceAll("%2C", ",").replaceAll("%2F", "/");
  const remember = () => {
    const set = isTouched || Object.keys(extra).length ? address() : new URLSearchParams();
    document.getElementById("clear").hidden = ![...set.keys()].some((name) => name !== "place" && name !== "sort");
    const carried = String(set);
    for (const [name, value] of Object.entries(extra)) if (value) set.set(name, value);
    const hash = readable(String(set));
    const target = hash ? `#${hash}` : location.pathname + location.search;
    try {
      history.replaceState({ ...history.state, exact }, "", target);
    } catch {
      // Browsers refuse more than a hundred changes in half a minute; the next one is written.
    }
    for (const link of document.querySelectorAll("[data-carry], .top nav a[href^='index.html'], .top nav a[href^='map.html']")) {
      const [page] = link.getAttribute("href").split("#");
      const part = /^(map|streets)\./.test(page) && "view" in extra ? hash : readable(carried);
      link.setAttribute("href", part ? `${page}#${part}` : page);
    }
  };

  const fillPlaces = (current) => {
    const { place } = form.elements;
    const counts = new Map();
    const isShown = (venue) => form.elements.ended.checked || takesPlace(venue);
    for (const venue of venues) if (isShown(venue)) counts.set(venue.town, (counts.get(venue.town) ?? 0) + 1);
    const options = [new Option("Everywhere", EVERYWHERE)];
    const at = readPosition(current);
    if (at) {
      const [nearest] = venues.filter((venue) => venue.place).map((venue) => [distance(at, venue.place), venue]).sort(([one], [other]) => one - other);
      options.unshift(new Option(exact ? "Near you" : `Near ${nearest && nearest[0] < NEAR ? towns[nearest[1].town].name : "a place"}`, current));
    }
    countries.forEach(({ key, name }, number) => {
      const here = towns.map((town, id) => [town, counts.get(id)]).filter(([town, count]) => town.country === number && count);
      if (!here.length) return;
      const group = document.createElement("optgroup");
      group.label = name;
      const sum = here.reduce((total, [, count]) => total + count, 0);
      group.append(new Option(`${name}, all ${sum.toLocaleString()}`, key), ...here.map(([town, count]) => new Option(`${town.name} (${count})`, town.key)));
      options.push(group);
    });
    place.replaceChildren(...options);
    place.value = current;
    // A place where no night is left opens the one around it.
    for (let known = placeOf(current); place.selectedIndex < 0; known = wider(known)) place.value = known.key;
  };

  const choosePlace = (key) => {
    isTouched = true;
    fillPlaces(key);
    if (!readPosition(key)) remembered(key);
  };

  const recall = (opened) => {
    const set = new URLSearchParams(opened);
    if (set.has("tonight")) set.set("when", "tonight"); // as addresses had it before
    isTouched = FIELDS.some((name) => set.has(name));
    if (history.state?.exact) exact = history.state.exact;
    form.reset();
    for (const name of ["q", "time", "by", "sort"]) form.elements[name].value = set.get(name) ?? "";
    for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = set.getAll(box.name).includes(box.value);
    for (const list of form.querySelectorAll("select")) if (list.selectedIndex < 0) list.value = "";
    // An address without a place is of everywhere, also one of the map that has only a view or a pub.
    fillPlaces(set.get("place") ?? (opened ? EVERYWHERE : usualPlace()));
  };

  // Finding

  // Whether a reader has said where to go tonight. The reader's own country, which is chosen at first, may have several
  // time zones, but who names a pub or town in it, or chooses another country, knows where that is.
  const isChosen = ({ place, hasWords }) => place.key !== EVERYWHERE && (place.country === undefined || countries[place.country] !== home || hasWords);
  const isAsked = (night, of) => {
    if (night.over && !of.ended) return false;
    if (of.days.length && !of.days.includes(night.day)) return false;
    if (of.free && !night.free) return false;
    if (of.by && publishers[night.publisher].key !== of.by) return false;
    if (of.time) {
      const [from, until] = of.time.split("-").map((hour) => Number(hour) * HOUR);
      if (night.time === undefined || night.time < from || (until && night.time >= until)) return false;
    }
    if (!of.when) return true;
    const { next } = night;
    if (!next) return false;
    if (of.when === "week") return next.away < 7;
    if (of.when === "tomorrow") return next.away === 1;
    return next.away === 0 && next.isEvening && (isChosen(of) || Math.abs(offset(night.zone, now) - offset(undefined, now)) <= REACH);
  };
  const hit = (venue, of, itsRank) => {
    const nights = venue.nights.filter((night) => isAsked(night, of)).sort(soonest);
    return nights.length ? { venue, night: nights[0], rank: itsRank, start: nights[0].next?.start ?? Infinity } : null;
  };
  const search = (text, asks) => {
    const ranks = text ? searchText(text) : null;
    const of = { ...asks, hasWords: Boolean(ranks) };
    const every = ranks ? [...ranks].map(([id, each]) => hit(venues[id], of, each)) : venues.map((venue) => hit(venue, of, 0));
    return every.filter(Boolean);
  };
  // Pubs that have what was typed in their words, then those whose nights it describes: "free" may be either.
  const match = (of) => {
    const meant = of.query && understand(of.query);
    if (!meant) return search(of.query, of);
    const both = { ...of, ...meant, days: [...new Set([...of.days, ...meant.days])], free: of.free || meant.free, when: of.when || meant.when };
    const named = meant.text || of.query ? search(of.query, of) : [];
    const known = new Set(named.map(({ venue }) => venue));
    const described = search(meant.text, both).filter(({ venue }) => !known.has(venue));
    return [...named, ...described.map((each) => ({ ...each, rank: each.rank + 1 }))];
  };
  const inside = (place) => (each) => {
    if (place.town !== undefined) return each.venue.town === place.town;
    if (place.country !== undefined) return towns[each.venue.town].country === place.country;
    return !place.at || each.distance <= NEAR;
  };
  const byName = new Intl.Collator().compare;

  // What fits, in the place that was asked for. Words that fit nothing there are looked for in a wider one.
  const find = () => {
    lookAtTheClock();
    const of = asked();
    const every = match(of);
    const { at } = of.place;
    if (at) for (const each of every) each.distance = each.venue.place ? distance(at, each.venue.place) : Infinity;
    let { place } = of;
    let found = every.filter(inside(place));
    while (of.query && !found.length && wider(place)) {
      place = wider(place);
      found = every.filter(inside(place));
    }
    const nearer = (one, other) => one.distance - other.distance;
    if (at && !found.length) {
      found = every.filter((each) => each.distance < Infinity).sort(nearer).slice(0, FEW);
    }
    const first = at && of.sort !== "soonest" ? nearer : () => 0;
    found.sort((one, other) => one.rank - other.rank || first(one, other) || one.start - other.start || byName(one.venue.name, other.venue.name));
    return { of, found, place, isWidened: place.key !== of.place.key, elsewhere: every.length - found.length };
  };

  const placeText = (place) => place.name ?? form.elements.place.selectedOptions[0]?.textContent ?? "";
  const inPlace = ({ name }) => `in ${/^(United|Netherlands|Philippines|Bahamas)/.test(name) ? "the " : ""}${name}`;
  const adviceFor = (of) => {
    const others = [of.query && "fewer words", (of.days.length || of.when) && "another day", (of.time || of.free || of.by) && "fewer filters"].filter(Boolean);
    return `Try ${others.join(" or ") || "another place"}.`;
  };
  const countText = ({ of, found, place, isWidened }) => {
    if (!found.length) return `No pub fits${of.place.name ? ` ${inPlace(of.place)}` : ""}. ${adviceFor(of)}`;
    const pubs = `${found.length.toLocaleString()} ${found.length === 1 ? "pub" : "pubs"}`;
    if (of.place.at && !isWidened && found[0].distance > NEAR) return `${pubs}: none within ${NEAR} km, so these are the nearest`;
    if (isWidened) return `${pubs}${place.name ? ` ${inPlace(place)}` : ""}, none ${of.place.at ? "near you" : inPlace(of.place)}`;
    return [pubs, placeText(place)].filter(Boolean).join(" · ");
  };

  // Ends a task, so that the page can answer before the next one.
  const pause = () => new Promise((resolve) => setTimeout(resolve));
  const load = (source) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });

  // Nights that are over are read when a reader asks for them.
  let reading = null;
  const readOver = () => {
    reading ??= load(form.dataset.over).then(() => {
      addPart(Infinity);
      const known = new Map(venues.map((venue, id) => [venue.slug, id]));
      const others = [];
      for (const venue of globalThis.over) {
        const id = known.get(venue.slug);
        if (id === undefined) others.push(venue);
        else {
          venues[id].nights.push(...venue.nights);
          engine.replace(indexed(venues[id], id));
        }
      }
      venues = [...venues, ...others];
      addPart(Infinity);
      now = 0;
    });
    return reading;
  };

  // Sets up the form. show: is called with what is found at every change, and with the address that was opened, if that
  // is why.
  const start = (show) => {
    const further = document.getElementById("further");
    const near = document.getElementById("near");
    const problem = document.getElementById("problem");
    const unfold = (open) => {
      further.setAttribute("aria-expanded", open);
      further.textContent = open ? "Fewer filters" : "More filters";
    };
    const isSetFurther = () => ["time", "by", "ended"].some((name) => new FormData(form).get(name));
    const update = (opened) => {
      lookAtTheClock();
      const sorting = document.getElementById("sorting");
      sorting.hidden = !readPosition(form.elements.place.value);
      const result = find();
      document.getElementById("count").textContent = countText(result);
      const more = document.getElementById("elsewhere");
      const next = wider(result.place);
      more.hidden = !next || !result.elsewhere || (!result.of.query && result.found.length > 0);
      more.textContent = `${result.elsewhere.toLocaleString()} elsewhere`;
      show(result, opened);
      remember();
    };
    const begin = async () => {
      const opened = location.hash === SKIPPED ? "" : location.hash.slice(1);
      lookAtTheClock();
      recall(opened);
      if (isSetFurther()) unfold(true);
      if (form.elements.ended.checked) await readOver().catch(() => {});
      else await pause();
      update(opened);
    };
    form.elements.by.append(...publishers.map(({ key, name }) => new Option(name, key)));
    form.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("input", async ({ target }) => {
      if (target.form !== form) return;
      isTouched = true;
      problem.hidden = true;
      if (target.name === "when") for (const box of form.querySelectorAll("[name=when]")) if (box !== target) box.checked = false;
      if (target.name === "place") choosePlace(target.value);
      if (target.name === "ended") {
        if (target.checked) await readOver().catch(() => {});
        fillPlaces(form.elements.place.value);
      }
      update();
    });
    further.addEventListener("click", () => unfold(further.getAttribute("aria-expanded") === "false"));
    near.addEventListener("click", () => {
      const fail = () => {
        problem.textContent = "Your browser does not say where you are. Choose a place from the list.";
        problem.hidden = false;
        near.removeAttribute("aria-busy");
      };
      if (!navigator.geolocation) return fail();
      near.setAttribute("aria-busy", "true");
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          const key = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
          exact = { key, at: [coords.latitude, coords.longitude] };
          near.removeAttribute("aria-busy");
          problem.hidden = true;
          choosePlace(key);
          update();
        },
        fail,
        { maximumAge: 300000, timeout: 15000 },
      );
    });
    document.getElementById("elsewhere").addEventListener("click", () => {
      choosePlace(EVERYWHERE);
      update();
      form.elements.place.focus();
    });
    document.getElementById("clear").addEventListener("click", () => {
      const { place } = asked();
      form.reset();
      fillPlaces(place.key);
      update();
      form.elements.q.focus();
    });
    addEventListener("hashchange", () => (location.hash === SKIPPED ? remember() : begin()));
    const age = Math.floor(Date.now() / 60000 - madeAt / 60);
    if (age > OLD) {
      const note = document.getElementById("age");
      note.textContent = `This list was made ${Math.floor(age / DAY / 7)} weeks ago. Ask the pub before you go.`;
      note.hidden = false;
    }
    begin();
    return { update };
  };

  return {
    start,
    dayText,
    distanceText,
    soonest,
    towns,
    countries,
    usualPlace,
    pause,
    load,
    readOver,
    choosePlace,
    lookAtTheClock,
    allVenues: () => venues,
    keep: (name, value) => {
      extra = { ...extra, [name]: value };
      remember();
    },
    EVERYWHERE,
  };
})();
