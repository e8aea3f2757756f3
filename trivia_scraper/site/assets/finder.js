// What the search page and the map share: venues with their next dates, the form, its state in the address, and finding.
"use strict";
globalThis.finder = (() => {
  const { madeAt, towns, countries, publishers, zones } = globalThis.catalogue;
  const HOUR = 60; // all times are in minutes
  const DAY = 24 * HOUR;
  const STILL_ON = Number(document.documentElement.dataset.nightMinutes); // how long a night lasts after its start
  const EVENING = 16 * HOUR; // from here on, a night is tonight's
  const REACH = 3 * HOUR; // where clocks differ by more, nobody goes tonight
  const NEAR = 50; // kilometres
  const FAR = 500; // kilometres: what is shown of a place that has none near it
  const FEW = 24; // pubs that are shown of it
  const OLD = 14 * DAY;
  const EVERYWHERE = "all";
  const NEAR_YOU = "Near you";
  const SKIPPED = "#content"; // where the first link of a page leads
  const MILES = new Set(["GB", "US"]); // countries
  const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
  const SHORT = { mon: 1, tue: 2, tues: 2, wed: 3, thu: 4, thur: 4, thurs: 4, fri: 5 }; // "sun" is a pub, and "sat" short
  const VAGUE = new Set(["bar", "bars", "best", "event", "events", "game", "games", "good", "local", "map", "place", "places", "team", "where"]); // skipped if nothing has them
  const HERE = /\b(?:(?:near|around|close to|by) (?:me|here)|near ?by)\b/gi; // says no more than the chosen place
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
    const isSameDate = Math.floor(here / DAY) === Math.floor((now + offset(undefined, now)) / DAY);
    night.next = { day, away, isSameDate, isEvening: time === undefined || time >= EVENING, start: time === undefined ? (day + 1) * DAY - offset(night.zone, now) : startOn(night, day) };
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
  const ofTwelve = (hour, minute) => `${hour % 12 || 12}${minute === "00" ? "" : `:${minute}`}\u00a0${hour < 12 ? "am" : "pm"}`;
  // The start of a night by the reader's clock, where that differs: "Wed, 6:30 am". Written as the pub's own time is.
  const ownTime = ({ next, time, zone, at }) => {
    if (!next || time === undefined || offset(zone, next.start) === offset(undefined, next.start)) return null;
    const own = next.start + offset(undefined, next.start);
    const [day, hour, minute] = [Math.floor(own / DAY), Math.floor((own % DAY) / HOUR), String(own % HOUR).padStart(2, "0")];
    const isOfTwelve = /[ap]m/.test(at);
    const clock = isOfTwelve ? ofTwelve(hour, minute) : `${String(hour).padStart(2, "0")}:${minute}`;
    return [day !== next.day && weekdayName.format(new Date(day * DAY * 60000)), clock].filter(Boolean).join(", ");
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

  const ABOUT = 0.5; // hours before and after "8pm"
  // "after 7", "before 6 pm", "7-9pm", "between 19:30 and 21:00", "8pm"
  const CLOCK = String.raw`(\d{1,2})(?:[:.](\d\d))?(?:\s*([ap])\.?m\b\.?)?`;
  const TIMES = new RegExp(String.raw`\b(?:(after|from|between|before|until|till)\s+)?${CLOCK}(?:\s*(?:-|–|to|and|until|till)\s*${CLOCK})?(?![\w:])`, "gi");
  const hourOf = (hour, minute = "0", half = undefined) => {
    const number = Number(hour);
    const isOfTwelve = number <= 12 && (half || !hour.startsWith("0"));
    const start = isOfTwelve ? (number % 12) + (half?.toLowerCase() === "a" ? 0 : 12) : number; // "7" is of the evening
    return start < 24 && Number(minute) < 60 ? start + Number(minute) / 60 : NaN;
  };
  // Takes the times out of a query. `time` is as the filter has it: hours in which a night starts, "19-" or "19.5-21".
  // `about` is the hour that "8pm" means.
  const readTimes = (query) => {
    let [first, last] = [0, Infinity];
    let about;
    const rest = query.replace(TIMES, (all, word, hour, minute, half, endHour, endMinute, endHalf) => {
      const isRange = endHour !== undefined;
      const isBare = !word && !isRange && (half || minute); // "8pm"
      if (!word && !isBare && !(isRange && (half || endHalf || (minute && endMinute)))) return all; // "7-9 High St"
      const isUntil = /^(before|un|till)/i.test(word ?? "");
      if (word?.toLowerCase() === "between" && !isRange) return all;
      let start = hourOf(hour, minute, half ?? endHalf);
      const end = isRange ? hourOf(endHour, endMinute, endHalf) : start;
      if (Number.isNaN(start + end)) return all;
      if (isRange && !half && start > end) start -= 12; // "11-1pm"
      if (isRange || !isUntil) first = start;
      if (isRange || isUntil) last = end > start || !isRange ? end : Infinity; // "10pm-1am"
      if (isBare) [first, last, about] = [Math.max(0, start - ABOUT), start + ABOUT + 0.01, start];
      return " ";
    });
    return rest === query ? { rest } : { rest, time: `${first}-${last === Infinity ? "" : last}`, about };
  };
  // What a reader may say in words instead of with the filters. Returns null if nothing of the kind is said.
  const understand = (query) => {
    const { rest, time, about } = readTimes(query);
    const meant = { days: [], text: [], ...(time && { time, about }) };
    const without = rest.replace(/\bthis week\b/i, () => {
      meant.when = "week";
      return " ";
    });
    for (const word of without.split(/[\s,]+/).filter(Boolean)) {
      const term = plain(word);
      const day = SHORT[term] ?? WEEKDAYS.findIndex((name) => term === name || term === `${name}s`) + 1;
      if (day) meant.days.push(day);
      else if (term === "free") meant.free = true;
      else if (["today", "tonight", "tomorrow"].includes(term)) meant.when = term;
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
  const findText = (text, key) => {
    // Many words are one letter apart: a typing error is assumed only if nothing else fits, and last in short words.
    for (const fuzzy of [false, slips(5), slips(4)]) {
      const hits = engine.search(text, { fuzzy });
      if (hits.length) return new Map(hits.map((hit) => [hit.id, rank(hit, key)]));
    }
    const rest = wordsOf(text).filter((word) => !VAGUE.has(plain(word))).join(" ");
    return rest === wordsOf(text).join(" ") ? new Map() : searchText(rest);
  };
  const answers = new Map(); // text -> what it finds: an empty result asks again with less
  const searchText = (text) => {
    const key = keyOf(text);
    if (!key) return null;
    if (added < venues.length) addPart(Infinity);
    if (!answers.has(text)) answers.set(text, findText(text, key));
    return answers.get(text);
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
    if (countryKeys.has(code)) return { ...countries[countryKeys.get(code)], country: countryKeys.get(code) };
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
  // The position of the reader, for as long as this tab is open: the map opens with the one of the list.
  const keptPosition = (position) => {
    try {
      if (position) sessionStorage.setItem("position", JSON.stringify(position));
      return JSON.parse(sessionStorage.getItem("position"));
    } catch {
      return null; // a browser that forbids it
    }
  };
  const takesPlace = (venue) => venue.nights.some((night) => !night.over);
  const isListed = (key) => venues.some((venue) => takesPlace(venue) && [towns[venue.town].key, countries[towns[venue.town].country].key].includes(key));
  const usualPlace = () => [remembered(), home?.key].find((key) => key && isListed(key)) ?? EVERYWHERE;

  // Where a pub is, with what tells it from others of its name.
  const whereText = (venue) => [venue.apart, towns[venue.town].name].filter(Boolean).join(", ");

  const radians = (degrees) => (degrees * Math.PI) / 180;
  const distance = ([latitude, longitude], [otherLatitude, otherLongitude]) => {
    const half = (one, other) => Math.sin(radians(one - other) / 2) ** 2;
    const a = half(latitude, otherLatitude) + Math.cos(radians(latitude)) * Math.cos(radians(otherLatitude)) * half(longitude, otherLongitude);
    return 12742 * Math.asin(Math.sqrt(a));
  };
  // By the reader's zone: browsers are often set to the English of another country.
  const isMiles = MILES.has(home?.key ?? /-([A-Z]{2})\b/.exec(navigator.language)?.[1]);
  const reachText = (kilometres) => (isMiles ? `${Math.round(kilometres / 16.09) * 10} miles` : `${kilometres} km`);
  const distanceText = (kilometres) => {
    const length = isMiles ? kilometres / 1.609 : kilometres;
    return `${length < 10 ? length.toFixed(1) : Math.round(length).toLocaleString()} ${isMiles ? "mi" : "km"}`;
  };

  // The form and the address

  const FIELDS = ["q", "place", "day", "when", "time", "free", "by", "ended", "sort"];
  let extra = {}; // what else the page keeps in the address
  let isTouched = false;

  const asked = (data = new FormData(form)) => {
    return {
      query: (data.get("q") ?? "").trim(),
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
      options.unshift(new Option(exact?.key === current ? NEAR_YOU : `Near ${nearest && nearest[0] < NEAR ? towns[nearest[1].town].name : "a place"}`, current));
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
    exact = history.state?.exact ?? keptPosition();
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
    return next.away === 0 && (of.when === "today" || next.isEvening) && (isChosen(of) || Math.abs(offset(night.zone, now) - offset(undefined, now)) <= REACH);
  };
  const hit = (venue, of, itsRank) => {
    const [night] = venue.nights.filter((each) => isAsked(each, of)).sort(soonest);
    if (!night) return null;
    const off = of.about === undefined ? 0 : Math.abs(night.time - of.about * HOUR);
    return { venue, night, rank: itsRank, about: of.about, off, day: night.next?.day ?? Infinity, start: night.next?.start ?? Infinity };
  };
  const search = (text, asks) => {
    const ranks = text ? searchText(text) : null;
    const of = { ...asks, hasWords: Boolean(ranks) };
    const every = ranks ? [...ranks].map(([id, each]) => hit(venues[id], of, each)) : venues.map((venue) => hit(venue, of, 0));
    return every.filter(Boolean);
  };
  const withoutHere = (query) => query.replace(HERE, " ").trim();
  // Pubs that have what was typed in their words, then those whose nights it describes: "free" may be either.
  const match = (of) => {
    const query = withoutHere(of.query);
    const meant = query && understand(query);
    if (!meant) return search(query, of);
    const both = { ...of, ...meant, days: [...new Set([...of.days, ...meant.days])], free: of.free || meant.free, when: of.when || meant.when };
    const named = search(query, of);
    const known = new Set(named.map(({ venue }) => venue));
    const described = search(meant.text, both).filter(({ venue }) => !known.has(venue));
    return [...named, ...described.map((each) => ({ ...each, rank: each.rank + 1 }))];
  };
  // Towns that have a pub near a position: their pubs of unknown position are as near as it is known.
  const townsNear = (at) => new Set(venues.filter((venue) => venue.place && !towns[venue.town].unknown && distance(at, venue.place) <= NEAR).map(({ town }) => town));
  const inside = (place) => {
    if (place.town !== undefined) return ({ venue }) => venue.town === place.town;
    if (place.country !== undefined) return ({ venue }) => towns[venue.town].country === place.country;
    if (!place.at) return () => true;
    const around = townsNear(place.at);
    return (each) => each.distance <= NEAR || (!each.venue.place && around.has(each.venue.town));
  };
  const byName = new Intl.Collator().compare;

  // What fits, in the place that was asked for. Words that fit nothing there are looked for in a wider one.
  const find = (of = asked()) => {
    lookAtTheClock();
    const every = match(of);
    const { at } = of.place;
    if (at) for (const each of every) each.distance = each.venue.place ? distance(at, each.venue.place) : Infinity;
    let { place } = of;
    let found = every.filter(inside(place));
    const hasWords = searchText(withoutHere(of.query)) !== null;
    while (hasWords && !found.length && wider(place)) {
      place = wider(place);
      found = every.filter(inside(place));
    }
    const nearer = (one, other) => one.distance - other.distance || 0;
    const isFar = Boolean(at && !found.length);
    if (isFar) found = every.filter((each) => each.distance <= FAR).sort(nearer).slice(0, FEW);
    const first = at && of.sort !== "soonest" ? nearer : () => 0;
    const over = ({ night }) => (night.over ? 1 : 0);
    const about = found.find((each) => each.about !== undefined)?.about;
    const closer = about === undefined ? () => 0 : (one, other) => one.day - other.day || one.off - other.off;
    found.sort((one, other) => over(one) - over(other) || one.rank - other.rank || first(one, other) || closer(one, other) || one.start - other.start || byName(one.venue.name, other.venue.name));
    return { of, found, place, about, isFar, isWidened: place.key !== of.place.key, elsewhere: every.length - found.length };
  };

  const placeText = (place) => place.name ?? form.elements.place.selectedOptions[0]?.textContent ?? "";
  const inPlace = (place) => place.in ?? `in ${place.name}`;
  const pubsText = (count) => `${count.toLocaleString()} ${count === 1 ? "pub" : "pubs"}`;
  const WHEN = { today: " today", tonight: " tonight", tomorrow: " tomorrow", week: " this week" };
  const countText = ({ of, found, place, about, isFar, isWidened }, isMap) => {
    const time = about !== undefined && `about ${ofTwelve(Math.floor(about), String(Math.round((about % 1) * HOUR)).padStart(2, "0"))}`;
    const within = of.place.at ? ` within ${reachText(FAR)}` : of.place.name ? ` ${inPlace(of.place)}` : "";
    if (!found.length) return `No pub fits${within}.`;
    if (isFar) return `No pub fits within ${reachText(NEAR)}${WHEN[of.when] ?? ""}. The nearest${found.length === 1 ? "" : ` ${found.length}`}:`;
    const over = found.filter(({ night }) => night.over).length;
    const lost = isMap || (of.place.at && !isWidened) ? found.filter(({ venue }) => !venue.place) : [];
    const lostTowns = [...new Set(lost.map(({ venue }) => towns[venue.town].name))];
    const inTown = lostTowns.length === 1 && place.town === undefined ? ` in ${lostTowns[0]}` : "";
    const unknown = lost.length && `${lost.length < found.length ? `${lost.length.toLocaleString()} more` : pubsText(lost.length)}${isMap ? " not on the map" : `${inTown} whose position is not known`}`; // short, so that it fits one line of a phone
    const counted = lost.length < found.length && pubsText(found.length - lost.length);
    if (isWidened) {
      const wide = [counted || pubsText(found.length), time, place.name && inPlace(place)].filter(Boolean).join(" ");
      return [`${wide}, none ${of.place.at ? "near you" : inPlace(of.place)}`, counted && unknown].filter(Boolean).join(" · ");
    }
    return [counted, placeText(place), time, unknown, over && `${over} of them over`].filter(Boolean).join(" · ");
  };

  // Ways out of an empty result. Each changes one thing that was asked for: {what, set: field -> value}.
  const centreOf = (town) => {
    const placed = venues.filter((venue) => venue.town === town && venue.place);
    return placed.length ? [0, 1].map((axis) => placed.reduce((sum, { place }) => sum + place[axis], 0) / placed.length) : null;
  };
  const townOf = (text) => {
    const key = keyOf(text);
    const named = towns.flatMap(({ name }, town) => (key && [name, name.split(",")[0]].some((each) => keyOf(each) === key) ? [town] : []));
    return named.find((town) => countries[towns[town].country] === home) ?? named[0];
  };
  const ANY = { day: "Any day", when: "Any date", time: "Any start time", free: "Any fee", by: "Anybody" };
  const offersFor = (of) => {
    const meant = of.query && understand(of.query);
    const text = meant ? meant.text : of.query;
    const said = meant ? of.query.split(/[\s,]+/).filter((word) => !text.split(" ").includes(word)).join(" ") : "";
    const offers = [];
    if (text && said) offers.push({ what: `Without “${said}”`, set: { q: text } });
    if (of.query) offers.push({ what: `Without “${text || said}”`, set: { q: text ? said : "" } });
    for (const [name, what] of Object.entries(ANY)) if (new FormData(form).get(name)) offers.push({ what, set: { [name]: "" } });
    const town = of.place.town ?? townOf(text);
    const centre = town !== undefined && centreOf(town);
    if (centre) offers.push({ what: `Within ${reachText(NEAR)} of ${towns[town].name}`, set: { place: centre.map((degrees) => degrees.toFixed(2)).join(","), ...(of.place.town === undefined && { q: said }) } });
    const filters = Object.fromEntries(Object.keys(ANY).map((name) => [name, ""]));
    const others = [
      { what: text ? `Only “${text}”` : "Without filters", set: { q: text, ...filters } },
      { what: "Without words and filters", set: { q: "", ...filters } },
    ];
    const count = (offer) => {
      const data = new FormData(form);
      for (const [name, value] of Object.entries(offer.set)) {
        data.delete(name);
        if (value) data.set(name, value);
      }
      const { found, isFar } = find(asked(data));
      return { ...offer, count: isFar ? 0 : found.length };
    };
    const useful = (some) => some.map(count).filter((offer) => offer.count);
    const single = useful(offers);
    return single.length ? single : useful(others).slice(0, 1);
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
      answers.clear();
      now = 0;
    });
    return reading;
  };

  // Sets up the form. show: is called with what is found at every change, and with the address that was opened, if that
  // is why. isMap: whether the page shows only pubs of known position.
  const start = (show, { isMap = false } = {}) => {
    const further = document.getElementById("further");
    const near = document.getElementById("near");
    const usePosition = document.getElementById("use-position");
    const problem = document.getElementById("problem");
    const offers = document.getElementById("offers");
    let offering;
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
      document.getElementById("count").textContent = countText(result, isMap);
      const more = document.getElementById("elsewhere");
      const next = wider(result.place);
      more.hidden = !next || !result.elsewhere || (!result.of.query && result.found.length > 0);
      more.textContent = `${result.elsewhere.toLocaleString()} elsewhere`;
      usePosition.hidden = Boolean(result.of.place.at) || result.of.query.search(HERE) < 0;
      show(result, opened);
      remember();
      clearTimeout(offering);
      if (result.found.length && !result.isFar) offers.hidden = true;
      else offering = setTimeout(() => offer(result.of), 150); // as it costs several searches, when typing pauses
    };
    const offer = (of) => {
      const buttons = offersFor(of).map(({ what, set, count }) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "second";
        button.textContent = `${what}: ${pubsText(count)}`;
        button.addEventListener("click", () => {
          for (const [name, value] of Object.entries(set)) {
            if (name === "place") choosePlace(value);
            for (const field of form.querySelectorAll(`[name=${name}]`)) {
              if (field.type === "checkbox") field.checked = false;
              else if (name !== "place") field.value = value;
            }
          }
          isTouched = true;
          update();
          document.getElementById("count").focus();
        });
        return button;
      });
      offers.replaceChildren(...buttons);
      offers.hidden = !buttons.length;
    };
    const begin = async () => {
      const opened = location.hash === SKIPPED ? "" : location.hash.slice(1);
      lookAtTheClock();
      recall(opened);
      if (isSetFurther()) unfold(true);
      if (form.elements.ended.checked) {
        await readOver().catch(() => {});
        fillPlaces(new URLSearchParams(opened).get("place") ?? form.elements.place.value);
      } else await pause();
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
        problem.textContent = "This browser did not give your position. Choose a place from the list.";
        problem.hidden = false;
        near.removeAttribute("aria-busy");
      };
      if (!navigator.geolocation) return fail();
      near.setAttribute("aria-busy", "true");
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          const key = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
          exact = { key, at: [coords.latitude, coords.longitude] };
          keptPosition(exact);
          near.removeAttribute("aria-busy");
          problem.hidden = true;
          choosePlace(key);
          update();
        },
        fail,
        { maximumAge: 300000, timeout: 15000 },
      );
    });
    usePosition.addEventListener("click", () => {
      near.focus(); // as this button is hidden when the position is known
      near.click();
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
    whereText,
    ownTime,
    position: () => asked().place.at,
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
    NEAR_YOU,
  };
})();
