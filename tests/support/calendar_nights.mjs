// Print what ical.js reads from the calendars named as arguments: for each file and UID the event's first nights, as
// UTC or, without a known zone, as written, and some of its texts. The variable COUNT is the number of nights.
import fs from "node:fs";
import ICAL from "./vendor/ical.min.mjs";

const TEXTS = ["summary", "location", "description", "url", "status", "sequence"];

function read(file) {
  const calendar = new ICAL.Component(ICAL.parse(fs.readFileSync(file, "utf8")));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  return Object.fromEntries(
    calendar.getAllSubcomponents("vevent").map((each) => [each.getFirstPropertyValue("uid"), describe(each)]),
  );
}

function describe(component) {
  const nights = [];
  const iterator = new ICAL.Event(component).iterator();
  for (let night = iterator.next(); night && nights.length < Number(process.env.COUNT); night = iterator.next()) {
    const isLocal = night.isDate || night.zone === ICAL.Timezone.localTimezone;
    nights.push(isLocal ? night.toString() : night.toJSDate().toISOString());
  }
  return {
    nights,
    names: component.getAllProperties().map((each) => each.name),
    texts: Object.fromEntries(TEXTS.map((name) => [name, String(component.getFirstPropertyValue(name) ?? "")])),
  };
}

console.log(JSON.stringify(Object.fromEntries(process.argv.slice(2).map((file) => [file, read(file)]))));
