// A town's page: marks the nights of today, by the clock of their pubs.
"use strict";
(() => {
  const STILL_ON = Number(document.documentElement.dataset.nightMinutes) * 60000; // how long a night lasts after its start
  const EVENING = "16:00"; // from here on, a night is tonight's
  const today = (timeZone) => {
    try {
      return new Intl.DateTimeFormat("sv", { timeZone }).format(Date.now()); // 2026-12-31
    } catch {
      return new Intl.DateTimeFormat("sv").format(Date.now()); // a zone that this browser does not know
    }
  };
  const mark = (slot) => {
    const day = today(slot.dataset.zone);
    const isToday = (each) => {
      const start = Date.parse(each);
      if (each.length === 10) return each === day; // the start time is not known
      return start + STILL_ON >= Date.now() && (start <= Date.now() || each.startsWith(day)); // after midnight too
    };
    const date = slot.dataset.dates.split(" ").find(isToday);
    if (!date) return "";
    const label = date.length === 10 || date.slice(11, 16) >= EVENING ? "Tonight" : "Today";
    const made = document.createElement("span");
    made.className = "soon";
    made.textContent = label;
    slot.querySelector(".pub > a").after(" ", made);
    return label;
  };
  for (const section of document.querySelectorAll(".weekday")) {
    const marks = [...section.querySelectorAll("[data-dates]")].map(mark).filter(Boolean);
    if (!marks.length) continue;
    const text = `${marks.length} ${marks.every((each) => each === "Tonight") ? "tonight" : "today"}`;
    section.querySelector("h2 .quiet").append(`, ${text}`);
    document.querySelector(`.weekdays [href="#${section.querySelector("h2").id}"]`)?.setAttribute("aria-current", "date");
  }
})();
