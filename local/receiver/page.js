"use strict";

const PERIOD_MS = 1000;
const table = document.querySelector("table");
const told = document.querySelector("[role=status]");

async function fresh() {
  const url = new URL(location.href);
  url.searchParams.set("after", table.tBodies[0]?.dataset.number ?? "0");
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelectorAll("tbody");
}

function add(rows) {
  table.tHead.after(...rows);
  while (table.tBodies.length > table.dataset.most) table.tBodies[table.dataset.most].remove();
}

function tell(text) {
  if (told.textContent !== text) told.textContent = text;
}

async function look() {
  try {
    const rows = await fresh();
    add(rows);
    if (rows.length > 0) tell(`${rows.length} new at ${new Date().toLocaleTimeString()}`);
    else if (told.dataset.lost) tell("Nothing new");
    delete told.dataset.lost;
  } catch {
    told.dataset.lost = "yes";
    tell("No answer: has the system stopped?");
  }
}

async function follow() {
  for (;;) {
    if (!document.hidden) await look();
    await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
  }
}

follow();
