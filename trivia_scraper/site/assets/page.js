// Every page: an image that cannot be loaded gives way to the first letter of what it belongs to.
"use strict";
(() => {
  const giveWay = (image) => {
    if (image.parentElement.querySelector(".initial")) return image.remove();
    const around = image.closest("li, article, main");
    const name = around?.querySelector("h1, h2, h3, a")?.textContent.trim().replace(/^the\s+(?=\S)/i, "");
    const initial = document.createElement("span");
    initial.className = "initial";
    initial.setAttribute("aria-hidden", "true");
    initial.textContent = [...(name || "?")][0].toUpperCase();
    return image.replaceWith(initial);
  };
  document.addEventListener("error", ({ target }) => target instanceof HTMLImageElement && giveWay(target), true);
  // Those that failed before this was read; one that waits for the reader to scroll is not complete.
  for (const image of document.images) if (image.complete && image.currentSrc && !image.naturalWidth) giveWay(image);
})();
