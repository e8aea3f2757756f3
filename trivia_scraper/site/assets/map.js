// The map: shows what finder.js finds as dots and bubbles, with the outlines of countries, or with streets where the
// page's policy lets them in. All text goes in as text, never as markup.
"use strict";
(() => {
  const { start, dayText, distanceText, whereText, position, NEAR_YOU, towns, countries, allVenues, pause, load, readOver, keep } = globalThis.finder;
  const LISTED = 40;
  const ANTARCTICA = "010"; // surrounds the pole, where this projection has no end
  const FINE_FROM = 4; // the zoom from which outlines are fine
  const LABELS_FROM = 5; // the zoom from which towns have names
  const STREETS_FROM = 10; // the zoom from which outlines show nothing of a town
  const CLOSE = 15; // the zoom for one pub
  const box = document.getElementById("map");
  const tiles = box.dataset.tiles;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const element = (name, className, text = "") => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.textContent = text;
    return made;
  };
  const linkTo = (venue) => {
    const link = element("a", "", venue.name);
    link.href = `venues/${venue.slug}.html`;
    return link;
  };
  const nightText = (night) => `${night.next ? `${dayText(night.next.day)}, ${night.at}` : `${night.how}, ${night.at}`} · ${night.fee}`;
  const directionsTo = (venue) => {
    const { name, unknown, country } = towns[venue.town];
    if (!venue.place && !venue.address && unknown) return "";
    const link = element("a", "", "Directions");
    const place = venue.place?.join(",") ?? [venue.name, venue.address, !unknown && name, countries[country].name].filter(Boolean).join(", ");
    link.href = `${box.dataset.directions}&${new URLSearchParams({ destination: place })}`;
    link.rel = "noopener";
    link.append(element("span", "for-readers", ` to ${venue.name}`));
    return link;
  };

  // The map itself

  // A country that crosses the date line continues beyond it, not back around the world.
  const unwrap = (ring) => {
    for (let i = 1; i < ring.length; i++) {
      const turns = Math.round((ring[i][0] - ring[i - 1][0]) / 360);
      if (turns) ring[i] = [ring[i][0] - turns * 360, ring[i][1]];
    }
  };
  const map = L.map(box, { renderer: L.canvas(), fadeAnimation: false, minZoom: 0, zoomSnap: 0.5, maxZoom: tiles ? 19 : 17, maxBounds: [[-85, -270], [85, 270]] });
  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
  map.setView([20, 0], 2); // a layer can only be added to a map that has a place
  // Added when the view is known, so that no tile is requested in vain.
  const streets = tiles && L.tileLayer(tiles, { maxZoom: 19, attribution: '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap contributors</a>' });
  const landStyle = () => ({ weight: 1, color: colour("--border"), fillColor: colour("--land"), fillOpacity: 1 });
  const makeLand = () => L.geoJSON(null, { interactive: false, attribution: "Outlines: Natural Earth" });
  const land = makeLand(); // coarse, until a country is seen from close by
  const fineLand = makeLand(); // never on the map as a whole: a country is added when it comes into view
  const paint = () => [land, fineLand].forEach((each) => each.setStyle(landStyle()));
  const whenIdle = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 20, { timeRemaining: () => 0 }));
  // Adds the outlines of the world to a layer, a few countries at a time, so that the page answers meanwhile.
  const gatherLand = async (layer, world) => {
    const geometries = world.objects.countries.geometries.filter(({ id }) => id !== ANTARCTICA);
    while (geometries.length) {
      const idle = await new Promise(whenIdle);
      do {
        const feature = topojson.feature(world, geometries.pop());
        for (const ring of feature.geometry.coordinates.flat(feature.geometry.type === "Polygon" ? 0 : 1)) unwrap(ring);
        layer.addData(feature);
      } while (geometries.length && idle.timeRemaining() > 10);
    }
    paint();
  };
  const refine = () => {
    if (map.getZoom() < FINE_FROM) return;
    const view = map.getBounds().pad(0.5);
    for (const fine of fineLand.getLayers()) {
      if (map.hasLayer(fine) || !view.intersects(fine.getBounds())) continue;
      for (const coarse of land.getLayers()) if (coarse.feature.id === fine.feature.id) land.removeLayer(coarse);
      fine.addTo(map);
    }
  };
  let hasFine = false;
  const readFine = async () => {
    if (hasFine || map.getZoom() < FINE_FROM) return;
    hasFine = true;
    await load(box.dataset.fine);
    await gatherLand(fineLand, globalThis.fineWorld);
    refine();
  };
  // Where outlines show no more, streets do, on a page of their own.
  const closer = document.getElementById("closer");
  if (closer) {
    const control = L.control({ position: "topright" });
    control.onAdd = () => closer;
    control.addTo(map);
    L.DomEvent.disableClickPropagation(closer);
    map.on("zoomend", () => (closer.hidden = map.getZoom() < STREETS_FROM));
  }
  // Outlines are larger than all pubs together, so they come last. Without them, the dots are a map too.
  const readLand = async () => {
    await Promise.all(JSON.parse(box.dataset.outlines).map(load));
    await gatherLand(land, globalThis.world);
    land.addTo(map);
    map.on("moveend", () => {
      readFine().catch(() => {});
      refine();
    });
    await readFine();
  };

  // Dots and bubbles. A dot stands for all pubs at one position, a bubble for positions that are too close to tell apart.

  let found = [];
  let clusters;
  const markers = new Map(); // key -> marker, so that one that stays keeps its focus
  let picked = null; // slug
  const placeKey = (venue) => venue.place.join(",");
  const gather = () => {
    const points = new Map();
    for (const each of found) {
      if (!each.venue.place) continue;
      const key = placeKey(each.venue);
      if (!points.has(key)) points.set(key, { type: "Feature", properties: { key, hits: [], count: 0 }, geometry: { type: "Point", coordinates: [each.venue.place[1], each.venue.place[0]] } });
      const { properties } = points.get(key);
      properties.hits.push(each);
      properties.count += 1;
    }
    clusters = new Supercluster({
      radius: 56,
      extent: 256, // pixels of a tile
      maxZoom: CLOSE - 1,
      map: ({ count }) => ({ count }),
      reduce: (sum, { count }) => {
        sum.count += count;
      },
    });
    clusters.load([...points.values()]);
  };

  const describe = (hits) => {
    const text = element("div");
    for (const { venue, night, distance } of hits) {
      const entry = element("section");
      entry.append(linkTo(venue), element("p", "", nightText(night)));
      const facts = element("p", "quiet", [venue.address, distance < Infinity && distanceText(distance)].filter(Boolean).join(" · "));
      const way = element("p");
      way.append(directionsTo(venue));
      entry.append(facts, way);
      text.append(entry);
    }
    return text;
  };
  const listEntry = (slug) => [...document.querySelectorAll("#in-view li")].find((entry) => entry.dataset.slug === slug);

  const popup = L.popup({ autoPanPadding: [24, 24], offset: [0, -4] });
  let opener = null; // gets the focus back when the popup is closed by keyboard
  const open = (marker) => {
    opener = marker;
    popup.setLatLng(marker.getLatLng()).setContent(describe(marker.hits)).openOn(map);
  };
  box.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !popup.isOpen()) return;
    const isInside = popup.getElement().contains(document.activeElement);
    map.closePopup();
    if (isInside) opener.getElement()?.focus();
  });
  const pick = (slug) => {
    picked = slug;
    keep("pub", slug);
    for (const entry of document.querySelectorAll("#in-view li")) {
      const isPicked = entry.dataset.slug === slug;
      entry.classList.toggle("is-picked", isPicked);
      entry.querySelector("button").setAttribute("aria-pressed", isPicked);
    }
    for (const marker of markers.values()) marker.getElement()?.classList.toggle("is-picked", marker.hits?.some(({ venue }) => venue.slug === slug) ?? false);
  };

  const makeMarker = (feature) => {
    const [longitude, latitude] = feature.geometry.coordinates;
    const { cluster, count, key } = feature.properties;
    const label = element("span", "", cluster ? count.toLocaleString() : "");
    const size = cluster ? 30 + Math.min(24, Math.round(6 * Math.log2(count))) : 18;
    const icon = L.divIcon({ className: cluster ? "bubble" : "dot", html: label, iconSize: [size, size] });
    const hits = feature.properties.hits;
    const name = cluster ? `${count} pubs: zoom in` : hits.map(({ venue }) => venue.name).join(", ");
    const marker = L.marker([latitude, longitude], { icon, title: name, alt: name, riseOnHover: true });
    marker.hits = hits;
    const act = () => {
      if (cluster) map.setView([latitude, longitude], Math.min(map.getMaxZoom(), clusters.getClusterExpansionZoom(feature.properties.cluster_id)));
      else {
        open(marker);
        pick(hits[0].venue.slug);
        listEntry(hits[0].venue.slug)?.scrollIntoView({ block: "nearest" });
      }
    };
    marker.on("click", act);
    marker.on("keypress", ({ originalEvent }) => {
      if (originalEvent.key !== "Enter" && originalEvent.key !== " ") return;
      originalEvent.preventDefault();
      act();
      if (!cluster) popup.getElement().querySelector("a").focus();
    });
    marker.on("mouseover focus", () => hits && light(hits[0].venue.slug, true));
    marker.on("mouseout blur", () => hits && light(hits[0].venue.slug, false));
    marker.key = key;
    return marker;
  };
  const draw = () => {
    const bounds = map.getBounds().pad(0.1);
    const zoom = Math.max(0, Math.min(CLOSE, Math.floor(map.getZoom())));
    const shown = clusters.getClusters([bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()], zoom);
    const wanted = new Map(shown.map((feature) => [feature.properties.cluster ? `${zoom} ${feature.properties.cluster_id} ${feature.properties.count}` : feature.properties.key, feature]));
    for (const [key, marker] of markers) {
      if (wanted.has(key)) continue;
      marker.remove();
      markers.delete(key);
    }
    for (const [key, feature] of wanted) {
      const known = markers.get(key);
      if (known) {
        known.hits = feature.properties.hits;
        continue;
      }
      const marker = makeMarker(feature).addTo(map);
      const drawn = marker.getElement();
      drawn.setAttribute("aria-label", marker.options.alt);
      drawn.addEventListener("focus", () => marker.fire("focus"));
      drawn.addEventListener("blur", () => marker.fire("blur"));
      drawn.classList.toggle("is-picked", marker.hits?.some(({ venue }) => venue.slug === picked) ?? false);
      markers.set(key, marker);
    }
  };
  // The dot of a pub, or the bubble that it is in.
  const markerOf = (venue) => {
    if (!venue.place) return undefined;
    const single = markers.get(placeKey(venue));
    if (single) return single;
    const at = map.latLngToContainerPoint(venue.place);
    const far = (marker) => at.distanceTo(map.latLngToContainerPoint(marker.getLatLng()));
    return [...markers.values()].filter((marker) => !marker.hits).sort((one, other) => far(one) - far(other))[0];
  };
  const light = (slug, isLit) => {
    const hit = found.find(({ venue }) => venue.slug === slug);
    if (!hit) return;
    listEntry(slug)?.classList.toggle("is-lit", isLit);
    markerOf(hit.venue)?.getElement()?.classList.toggle("is-lit", isLit);
  };
  const goTo = (slug) => {
    const hit = found.find(({ venue }) => venue.slug === slug);
    if (!hit?.venue.place) return;
    map.setView(hit.venue.place, Math.max(CLOSE, map.getZoom()), { animate: false });
    draw();
    const marker = markers.get(placeKey(hit.venue));
    if (marker) open(marker);
    pick(slug);
  };

  let you = null;
  const showYou = () => {
    you?.remove();
    you = null;
    const at = position();
    if (!at) return;
    const near = document.getElementById("place").selectedOptions[0].textContent;
    const name = near === NEAR_YOU ? "You are here" : near; // an address that somebody sent is not where its reader is
    const icon = L.divIcon({ className: "you", html: element("span"), iconSize: [22, 22] });
    you = L.marker(at, { icon, keyboard: false, title: name, zIndexOffset: -100 }).addTo(map);
    you.getElement().setAttribute("role", "img");
    you.getElement().setAttribute("aria-label", name);
  };

  // Names of towns, the largest first, where there is room; OpenStreetMap's tiles have their own.
  const labels = L.layerGroup().addTo(map);
  let largest = [];
  const gatherTowns = () => {
    const centres = new Map();
    for (const { venue } of found) {
      if (!venue.place || towns[venue.town].unknown) continue;
      const at = centres.get(venue.town) ?? { count: 0, latitude: 0, longitude: 0 };
      centres.set(venue.town, { count: at.count + 1, latitude: at.latitude + venue.place[0], longitude: at.longitude + venue.place[1] });
    }
    largest = [...centres].sort(([, one], [, other]) => other.count - one.count);
  };
  const label = () => {
    labels.clearLayers();
    if (tiles || map.getZoom() < LABELS_FROM) return;
    const { x: width } = map.getSize();
    const controls = { x: 27, y: 50, half: 27 };
    const taken = [controls, ...[...markers.values()].filter((marker) => !marker.hits).map((marker) => ({ ...map.latLngToContainerPoint(marker.getLatLng()), half: 16 }))];
    for (const [town, { count, latitude, longitude }] of largest) {
      const at = L.latLng(latitude / count, longitude / count);
      if (!map.getBounds().contains(at)) continue;
      const { x, y } = map.latLngToContainerPoint(at);
      const name = towns[town].name.split(",")[0];
      const half = name.length * 4 + 12;
      const above = y - 30;
      if (x < 12 || x + 2 * half > width + 12) continue;
      if (taken.some((other) => Math.abs(other.x - x) < other.half + half && Math.abs(other.y - above) < 22)) continue;
      taken.push({ x, y: above, half });
      const icon = L.divIcon({ className: "map-label", html: element("span", "", name), iconSize: [0, 0], iconAnchor: [half - 12, 38] });
      L.marker(at, { icon, interactive: false, keyboard: false }).addTo(labels);
    }
  };

  // The list

  const list = document.getElementById("in-view");
  const listCount = document.getElementById("in-view-count");
  const entryOf = ({ venue, night, distance }) => {
    const entry = element("li", picked === venue.slug ? "is-picked" : "");
    entry.dataset.slug = venue.slug;
    const show = element("button", "plain", "Show");
    show.type = "button";
    show.setAttribute("aria-pressed", picked === venue.slug);
    show.append(element("span", "for-readers", ` ${venue.name} on the map`));
    entry.append(linkTo(venue), show, element("span", "quiet", [whereText(venue), distance < Infinity && distanceText(distance)].filter(Boolean).join(" · ")), element("span", "quiet", nightText(night)));
    return entry;
  };
  const listInView = () => {
    const bounds = map.getBounds();
    const inView = found.filter(({ venue }) => venue.place && bounds.contains(venue.place));
    const shown = inView.slice(0, LISTED);
    const focused = document.activeElement?.closest("#in-view li")?.dataset.slug;
    list.replaceChildren(...shown.map(entryOf));
    if (focused) listEntry(focused)?.querySelector("button").focus({ preventScroll: true });
    const first = inView.length > LISTED ? `; the first ${LISTED}` : "";
    listCount.textContent = `${inView.length.toLocaleString()} ${inView.length === 1 ? "pub" : "pubs"}${first}`;
  };
  const slugAt = ({ target }) => target.closest("li")?.dataset.slug;
  list.addEventListener("click", (event) => {
    if (!event.target.closest("button")) return;
    goTo(slugAt(event));
    listEntry(picked)?.querySelector("button").focus({ preventScroll: true });
    box.scrollIntoView({ block: "nearest" }); // on a phone the list is below the map
  });
  for (const [type, isLit] of [["mouseover", true], ["focusin", true], ["mouseout", false], ["focusout", false]]) {
    list.addEventListener(type, (event) => light(slugAt(event), isLit));
  }

  const unplaced = document.getElementById("unplaced");
  const listUnplaced = () => {
    const without = found.filter(({ venue }) => !venue.place);
    const isAll = without.length > 0 && without.length === found.length;
    unplaced.hidden = !without.length;
    if (isAll) unplaced.open = true; // the map is empty
    unplaced.querySelector("summary").textContent = `${without.length.toLocaleString()} ${isAll ? "" : "more "}${without.length === 1 ? "pub" : "pubs"} without a position`;
    const entries = without.slice(0, LISTED).map(({ venue, night }) => {
      const entry = element("li");
      entry.append(linkTo(venue), element("span", "quiet", [venue.address ?? towns[venue.town].name, nightText(night)].join(" · ")), directionsTo(venue));
      return entry;
    });
    unplaced.querySelector("ul").replaceChildren(...entries);
  };

  // The view

  const fit = (isWidened) => {
    const places = found.filter(({ venue }) => venue.place).map(({ venue }) => venue.place);
    if (position() && !isWidened) places.push(position());
    if (places.length) map.fitBounds(L.latLngBounds(places).pad(0.05), { maxZoom: CLOSE - 1, animate: false });
  };
  const goToView = (opened) => {
    // Addresses of earlier versions have the view alone: #15/51.5/-0.12
    const view = new URLSearchParams(opened).get("view") ?? opened;
    const [zoom, latitude, longitude] = view.split("/").map(Number);
    if (view.split("/").length !== 3 || ![zoom, latitude, longitude].every(Number.isFinite)) return false;
    map.setView([latitude, longitude], zoom, { animate: false });
    return true;
  };
  let isReady = false;
  let following;
  const moved = () => {
    if (!isReady) return;
    const { lat, lng } = map.getCenter();
    keep("view", `${map.getZoom()}/${lat.toFixed(4)}/${lng.toFixed(4)}`);
    draw();
    // The dots come first; names and the list follow in a task of their own.
    clearTimeout(following);
    following = setTimeout(() => {
      label();
      listInView();
    });
  };

  map.on("moveend", moved);

  const note = document.getElementById("picked");
  // A pub that is asked for is shown whether or not it fits what else is asked for, also if its nights are over.
  const findPicked = async (slug) => {
    const isIt = (venue) => venue.slug === slug;
    if (!allVenues().some(isIt)) await readOver().catch(() => {});
    const venue = allVenues().find(isIt);
    note.hidden = Boolean(venue?.place);
    note.replaceChildren();
    if (!venue) note.append("This pub is no longer in the catalogue.");
    else if (!venue.place) {
      note.append("The position of ", linkTo(venue), " is not known.");
      const directions = directionsTo(venue);
      if (directions) note.append(" ", directions, " lead to its address.");
    }
    return venue && { venue, night: venue.nights[0] };
  };

  start(async (result, opened) => {
    const isOpened = opened !== undefined;
    const slug = isOpened ? new URLSearchParams(opened).get("pub") : picked;
    const hasView = isOpened && goToView(opened);
    found = result.found;
    const pub = slug ? await findPicked(slug) : null;
    if (pub && !found.some(({ venue }) => venue === pub.venue)) found = [...found, pub];
    gather();
    gatherTowns();
    showYou();
    if (isOpened) await pause();
    for (const marker of markers.values()) marker.remove();
    markers.clear();
    if (!hasView && !slug) fit(result.isWidened);
    isReady = true;
    streets?.addTo(map);
    moved();
    setTimeout(listUnplaced);
    if (isOpened && slug) goTo(slug);
  }, { isMap: true });
  if (!tiles) whenIdle(() => readLand().catch(() => {}));
  dark.addEventListener("change", paint);
})();
