// The map: every pub a dot, with the outlines of countries, or with streets where the page's policy lets them in.
"use strict";
(() => {
  const { venues, towns } = globalThis.catalogue;
  const LISTED = 40;
  const ANTARCTICA = "010"; // surrounds the pole, where this projection has no end
  const LABELS_FROM = 5; // the zoom from which towns have names
  const box = document.getElementById("map");
  const tiles = box.dataset.tiles;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // A country that crosses the date line continues beyond it, not back around the world.
  const unwrap = (ring) => {
    for (let i = 1; i < ring.length; i++) {
      const turns = Math.round((ring[i][0] - ring[i - 1][0]) / 360);
      if (turns) ring[i] = [ring[i][0] - turns * 360, ring[i][1]];
    }
  };

  // A fingertip is larger than a dot.
  const renderer = L.canvas({ tolerance: matchMedia("(pointer: coarse)").matches ? 12 : 3 });
  const map = L.map(box, { renderer, minZoom: 0, zoomSnap: 0.5, maxZoom: tiles ? 19 : 16, maxBounds: [[-85, -270], [85, 270]] });
  map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');

  const placed = venues.filter((venue) => venue.place && venue.nights.some((night) => night.status !== "gone"));
  const go = () => {
    const [zoom, latitude, longitude] = location.hash.slice(1).split("/").map(Number);
    if ([zoom, latitude, longitude].every(Number.isFinite)) map.setView([latitude, longitude], zoom);
    else if (placed.length) map.fitBounds(L.latLngBounds(placed.map((venue) => venue.place)).pad(0.05));
    else map.setView([20, 0], 2);
  };
  go(); // before there is anything to draw: a layer can only be added to a map that has a place

  let land;
  if (tiles) {
    L.tileLayer(tiles, { maxZoom: 19, attribution: '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap contributors</a>' }).addTo(map);
  } else {
    const { features } = topojson.feature(globalThis.world, globalThis.world.objects.countries);
    const inhabited = features.filter(({ id }) => id !== ANTARCTICA);
    for (const { geometry } of inhabited) for (const ring of geometry.coordinates.flat(geometry.type === "Polygon" ? 0 : 1)) unwrap(ring);
    land = L.geoJSON(inhabited, { interactive: false, attribution: "Outlines: Natural Earth" }).addTo(map);
  }

  const describe = (venue) => {
    const text = document.createElement("div");
    const link = document.createElement("a");
    link.href = `venues/${venue.slug}.html`;
    link.textContent = venue.name;
    text.append(link);
    for (const night of venue.nights.slice(0, 3)) {
      const line = document.createElement("p");
      line.textContent = `${night.when} · ${night.fee}`;
      text.append(line);
    }
    return text;
  };

  const dots = placed.map((venue) => L.circleMarker(venue.place).bindPopup(() => describe(venue)).addTo(map));

  const paint = () => {
    land?.setStyle({ weight: 1, color: colour("--border"), fillColor: colour("--land"), fillOpacity: 1 });
    const radius = Math.max(5, Math.min(8, map.getZoom() - 3));
    for (const dot of dots) dot.setStyle({ radius, weight: 1, color: colour("--sheet"), fillColor: colour("--dot"), fillOpacity: 0.85 });
  };

  // Names of towns, the largest first, where there is room; OpenStreetMap's tiles have their own.
  const labels = L.layerGroup().addTo(map);
  const centres = new Map();
  for (const { town, place } of placed) {
    if (towns[town].unknown) continue;
    const at = centres.get(town) ?? { count: 0, latitude: 0, longitude: 0 };
    centres.set(town, { count: at.count + 1, latitude: at.latitude + place[0], longitude: at.longitude + place[1] });
  }
  const largest = [...centres].sort(([, one], [, other]) => other.count - one.count);
  const label = () => {
    labels.clearLayers();
    if (tiles || map.getZoom() < LABELS_FROM) return;
    const taken = [];
    for (const [town, { count, latitude, longitude }] of largest) {
      const at = L.latLng(latitude / count, longitude / count);
      if (!map.getBounds().contains(at)) continue;
      const { x, y } = map.latLngToContainerPoint(at);
      const name = towns[town].name.split(",")[0];
      const half = name.length * 4 + 12;
      if (taken.some((other) => Math.abs(other.x - x) < other.half + half && Math.abs(other.y - y) < 22)) continue;
      taken.push({ x, y, half });
      const text = document.createElement("span");
      text.textContent = name;
      const icon = L.divIcon({ className: "map-label", html: text, iconSize: [0, 0], iconAnchor: [half - 12, 22] });
      L.marker(at, { icon, interactive: false, keyboard: false }).addTo(labels);
    }
  };

  const list = document.getElementById("in-view");
  const listCount = document.getElementById("in-view-count");
  const listInView = () => {
    const bounds = map.getBounds();
    const inView = placed.filter((venue) => bounds.contains(venue.place));
    const centre = map.getCenter();
    const shown = inView.map((venue) => [centre.distanceTo(venue.place), venue]).sort(([one], [other]) => one - other).slice(0, LISTED);
    list.replaceChildren(
      ...shown.map(([, venue]) => {
        const entry = document.createElement("li");
        const link = document.createElement("a");
        link.href = `venues/${venue.slug}.html`;
        link.textContent = venue.name;
        const town = document.createElement("span");
        town.className = "quiet";
        town.textContent = towns[venue.town].name;
        entry.append(link, town);
        return entry;
      }),
    );
    const nearest = inView.length > LISTED ? `; the ${LISTED} nearest to the middle` : "";
    listCount.textContent = `${inView.length.toLocaleString()} ${inView.length === 1 ? "pub" : "pubs"}${nearest}`;
  };

  const other = document.getElementById("other");
  const otherPage = other.getAttribute("href");
  const moved = () => {
    const { lat, lng } = map.getCenter();
    const place = `#${map.getZoom()}/${lat.toFixed(4)}/${lng.toFixed(4)}`;
    history.replaceState(null, "", place);
    other.href = otherPage + place;
    paint();
    label();
    listInView();
  };

  moved();
  map.on("moveend", moved);
  dark.addEventListener("change", paint);
  addEventListener("hashchange", go);
})();
