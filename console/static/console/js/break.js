// The break: opening its dialog covers the page and stops the clock, closing it goes on; the server keeps both, other tabs follow.

const cover = document.querySelector("[data-break]");
const tabs = new BroadcastChannel("break");
let recorded = "onBreak" in cover.dataset;

function announce(value) {
  document.dispatchEvent(new CustomEvent("announce", { detail: { value } }));
}

async function tell(move) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  try {
    const answer = await fetch(`/api/v1/desk/${move}/`, { method: "POST", headers });
    if (!answer.ok) throw new Error(`answer ${answer.status}`);
    return await answer.json();
  } catch (error) {
    announce(`The break was not recorded (${error.message}): your claim keeps its time.`);
    return null;
  }
}

async function begin() {
  if (recorded) return;
  recorded = true;
  tabs.postMessage("begin");
  await tell("break");
}

async function end() {
  if (!recorded) return;
  recorded = false;
  tabs.postMessage("end");
  const desk = await tell("resume");
  if (desk) document.dispatchEvent(new CustomEvent("break-ended", { detail: { held: desk.holds } }));
}

cover.addEventListener("dialog-opened", begin);
cover.addEventListener("close", end);
tabs.addEventListener("message", ({ data }) => {
  recorded = data === "begin";
  if (recorded && !cover.open) cover.showModal();
  else if (!recorded && cover.open) cover.close();
});
if (recorded) cover.showModal();
