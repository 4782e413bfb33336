"use strict";
(() => {
  const status = JSON.parse(document.getElementById("status").textContent);
  const decided = document.getElementById("decided");
  const cards = [...document.querySelectorAll(".card")];

  function show() {
    for (const card of cards) {
      const mine = status[card.dataset.object] ?? "";
      card.classList.toggle("dropped", mine === "drop");
      for (const button of card.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.status === mine));
    }
    const words = Object.values(status);
    decided.textContent = `${words.filter((w) => w === "follow").length} followed, ${words.filter((w) => w === "drop").length} dropped.`;
  }
  // a name may hold commas and quotation marks
  const cell = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const table = () => ["object_id,status", ...Object.entries(status).map((entry) => entry.map(cell).join(","))].join("\n") + "\n";

  for (const card of cards) {
    for (const button of card.querySelectorAll("button")) {
      button.addEventListener("click", () => {
        const name = card.dataset.object;
        if (status[name] === button.dataset.status) delete status[name];
        else status[name] = button.dataset.status;
        show();
      });
    }
  }
  document.getElementById("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([table()], { type: "text/csv" }));
    link.download = "following.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });
  document.getElementById("keep").hidden = false;
  show();
  globalThis.followingTable = table;
})();
